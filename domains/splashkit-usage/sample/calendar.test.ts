import { expect, test } from "vitest";
import { isoTime, mondayOf, sampleWeeks } from "./calendar.ts";

const day = (instant: number) => isoTime(instant).slice(0, 10);

test.each([
  ["2026-03-01T23:59:59Z", "2026-02-23"],
  ["2026-03-02T00:00:00Z", "2026-03-02"],
  ["2026-03-04T12:00:00Z", "2026-03-02"],
  ["1970-01-01T00:00:00Z", "1969-12-29"],
])("the week of %s begins on %s", (instant, monday) => {
  expect(day(mondayOf(Date.parse(instant)))).toBe(monday);
});

test("teaching weeks of 2018 lie where its trimesters did", () => {
  const weeks = sampleWeeks(Date.parse("2018-12-31T00:00:00Z"), 52);
  const first = weeks.filter((week) => week.teachingWeek === 1).map((week) => day(week.startsAt));
  expect(first).toEqual(["2018-03-05", "2018-07-09", "2018-11-05"]);
  const pause = weeks.find((week) => day(week.startsAt) === "2018-08-13");
  expect(pause?.teachingWeek).toBe(0);
});

test("weeks with assignments due are the busiest, and weeks between trimesters the quietest", () => {
  const weeks = sampleWeeks(Date.parse("2018-10-01T00:00:00Z"), 13);
  const load = (teachingWeek: number) => weeks.find((week) => week.teachingWeek === teachingWeek)?.load ?? 0;
  for (const due of [5, 9, 11]) {
    expect(load(due)).toBeGreaterThan(1.3 * load(due - 1));
  }
  const idle = weeks.find((week) => day(week.startsAt) === "2018-07-02");
  expect(idle?.load).toBeLessThan(0.2 * load(1));
});

test("the last week counts only as far as it has come", () => {
  const [whole, half] = ["2018-05-14T00:00:00Z", "2018-05-10T12:00:00Z"].map((asOf) =>
    sampleWeeks(Date.parse(asOf), 1),
  );
  const [wholeLoad, halfLoad] = [whole?.[0]?.load ?? 0, half?.[1]?.load ?? 0];
  expect(halfLoad).toBeGreaterThan(0.45 * wholeLoad);
  expect(halfLoad).toBeLessThan(0.55 * wholeLoad);
});
