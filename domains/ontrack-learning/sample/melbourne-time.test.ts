import { expect, test } from "vitest";
import { createDateText } from "./date-text.ts";
import { dayMs, dayOf, endOfDayAnywhere, hourMs, instantAt, melbourneOffset } from "./melbourne-time.ts";

const official = new Intl.DateTimeFormat("en-CA", {
  timeZone: "Australia/Melbourne",
  dateStyle: "short",
  timeStyle: "medium",
  hourCycle: "h23",
});

test.each([
  ["2025-04-05T15:59:59Z", 11, "the last second of summer time"],
  ["2025-04-05T16:00:00Z", 10, "the first second of winter"],
  ["2025-10-04T15:59:59Z", 10, "the last second of winter"],
  ["2025-10-04T16:00:00Z", 11, "the first second of summer time"],
  ["2024-12-31T13:00:00Z", 11, "a new year's midnight"],
])("at %s Melbourne is %d hours ahead: %s", (at, hours) => {
  expect(melbourneOffset(Date.parse(at))).toBe(hours * hourMs);
});

test("local times agree with the platform's time zone database all through six years", () => {
  const dates = createDateText();
  for (let at = Date.parse("2021-01-01T00:00:00Z"); at < Date.parse("2027-01-01T00:00:00Z"); at += 37 * hourMs) {
    const [day, time] = official.format(at).split(", ");
    expect(dates.local(at).slice(0, 19)).toBe(`${day} ${time}`);
  }
});

test("a day and a time of day give the moment back, also when the clocks change", () => {
  for (let day = Date.UTC(2025, 3, 1); day < Date.UTC(2025, 9, 10); day += dayMs) {
    const at = instantAt(day, 19.5 * hourMs);
    expect(dayOf(at)).toBe(day);
    expect(at + melbourneOffset(at) - day).toBe(19.5 * hourMs);
  }
});

test("a day ends anywhere on earth at noon UTC of the next", () => {
  expect(new Date(endOfDayAnywhere(Date.UTC(2025, 4, 6))).toISOString()).toBe("2025-05-07T12:00:00.000Z");
});

test("the database has UTC, the log Melbourne time with its offset", () => {
  const at = Date.parse("2024-04-30T23:12:33Z");
  const dates = createDateText();
  expect(dates.instant(at)).toBe("2024-04-30 23:12:33");
  expect(dates.local(at)).toBe("2024-05-01 09:12:33 +1000");
});
