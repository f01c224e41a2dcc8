import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMoment, untilWords, writeMoment } from "./written-moment.ts";

const now = Date.parse("2026-11-22T15:00:00Z");

test.each([
  ["2026-12-31", "start", "2026-12-31T00:00:00.000Z"],
  ["2026-12-31", "end", "2027-01-01T00:00:00.000Z"],
  ["2026-12-31T12:00:00+10:00", "end", "2026-12-31T02:00:00.000Z"],
  ["90d", "end", "2027-02-20T15:00:00.000Z"],
  // The ends of the earth: days there begin and end up to fourteen hours earlier, and twelve later.
  ["2026-12-31T00:30:00+14:00", "end", "2026-12-30T10:30:00.000Z"],
  ["2026-12-31T23:30:00-12:00", "end", "2027-01-01T11:30:00.000Z"],
  ["2026-04-05T02:30:00+10:30", "start", "2026-04-04T16:00:00.000Z"],
  ["2026-12-31T24:00:00Z", "end", "2027-01-01T00:00:00.000Z"],
  ["2026-12-31T12:00:00+24:00", "end", undefined],
  ["2026-12-31T12:00:00-25:00", "end", undefined],
  ["2026-12-31T23:59:60Z", "end", undefined],
  ["2026-02-31T12:00:00Z", "end", undefined],
  ["2026-02-29", "end", undefined],
  ["2028-02-29T12:00:00+10:00", "end", "2028-02-29T02:00:00.000Z"],
  ["2026-02-31", "end", undefined],
  ["2026-12-31T12:00", "end", undefined],
  ["31.12.2026", "end", undefined],
  ["", "end", undefined],
] as const)("%s as the %s of a time", (text, edge, expected) => {
  const at = parseMoment(text, now, edge);
  expect(at === undefined ? undefined : new Date(at).toISOString()).toBe(expected);
});

test.each([
  ["2027-01-01T00:00:00Z", "until the end of 2026-12-31 (UTC)"],
  ["2026-12-31T12:30:59Z", "until 2026-12-31 12:30 (UTC)"],
])("what ends at %s is said to last %s", (at, words) => {
  expect(untilWords(Date.parse(at))).toBe(words);
});

test("a day that somebody wrote is the day that is shown, whichever end it is", () => {
  const day = fc
    .date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  fc.assert(
    fc.property(day, fc.constantFrom("start", "end"), (written, edge) => {
      expect(writeMoment(parseMoment(written, now, edge) ?? Number.NaN, edge)).toBe(written);
    }),
  );
});
