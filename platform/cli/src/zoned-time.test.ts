import { expect, test } from "vitest";
import { zonedIsoTime, zonedTime } from "./zoned-time.ts";

test.each([
  ["2026-11-22T17:00:00Z", "Australia/Melbourne", "2026-11-23T04:00:00+11:00", "2026-11-23 04:00 +11:00"],
  ["2026-06-22T18:00:00Z", "Australia/Melbourne", "2026-06-23T04:00:00+10:00", "2026-06-23 04:00 +10:00"],
  // The hour that comes twice tells itself apart.
  ["2026-04-04T15:30:00Z", "Australia/Melbourne", "2026-04-05T02:30:00+11:00", "2026-04-05 02:30 +11:00"],
  ["2026-04-04T16:30:00Z", "Australia/Melbourne", "2026-04-05T02:30:00+10:00", "2026-04-05 02:30 +10:00"],
  ["2026-11-22T17:00:00Z", "UTC", "2026-11-22T17:00:00+00:00", "2026-11-22 17:00 UTC"],
  ["2026-12-31T14:30:00Z", "Asia/Kolkata", "2026-12-31T20:00:00+05:30", "2026-12-31 20:00 +05:30"],
  ["2026-01-01T03:59:59Z", "America/New_York", "2025-12-31T22:59:59-05:00", "2025-12-31 22:59 -05:00"],
  ["2026-01-01T00:00:00Z", "Europe/London", "2026-01-01T00:00:00+00:00", "2026-01-01 00:00 +00:00"],
])("%s in %s", (at, timeZone, iso, text) => {
  expect(zonedIsoTime(Date.parse(at), timeZone)).toBe(iso);
  expect(Date.parse(iso)).toBe(Date.parse(at));
  expect(zonedTime(Date.parse(at), timeZone)).toBe(text);
});
