import { expect, test } from "vitest";
import { dayOfWeek, type Trimester, teachingWeek, trimestersUntil, weekStart } from "./trimester-calendar.ts";

const iso = (day: number) => new Date(day).toISOString().slice(0, 10);

const of2018 = trimestersUntil(Date.parse("2018-12-01T00:00:00Z"), 3);

test.each([
  [0, "T1", "2018-03-05", "2018-05-25", "2018-06-15", "2018-03-30", 1],
  [1, "T2", "2018-07-09", "2018-09-28", "2018-10-19", "2018-08-13", 1],
  [2, "T3", "2018-11-05", "2019-02-01", "2019-02-15", "2018-12-24", 2],
])("the rule gives the published calendar of 2018, trimester %#", (index, period, start, end, active, pause, weeks) => {
  const { breakStart, breakWeeks, activeUntil, ...found } = of2018[index] as Trimester;
  expect([found.period, iso(found.start), iso(found.end)]).toEqual([period, start, end]);
  expect([iso(activeUntil), iso(breakStart), breakWeeks]).toEqual([active, pause, weeks]);
});

test.each([
  ["2026-11-22T03:00:00Z", "T1 2024", "T3 2026", "the third week of the newest"],
  ["2026-11-01T12:59:59Z", "T3 2023", "T2 2026", "one second before it begins in Melbourne"],
  ["2026-11-01T13:00:00Z", "T1 2024", "T3 2026", "the second it begins in Melbourne"],
  ["2026-02-20T00:00:00Z", "T1 2023", "T3 2025", "the gap before a new year's first"],
])("nine trimesters up to %s run from %s to %s: %s", (asOf, first, last) => {
  const names = trimestersUntil(Date.parse(asOf)).map(({ period, year }) => `${period} ${year}`);
  expect(names).toHaveLength(9);
  expect([names[0], names[8]]).toEqual([first, last]);
});

test("weeks of the break are not counted, neither forwards nor backwards", () => {
  const trimester = of2018[0] as Trimester;
  expect([4, 5].map((week) => iso(weekStart(trimester, week)))).toEqual(["2018-03-26", "2018-04-09"]);
  const days = ["2018-03-05", "2018-03-30", "2018-04-04", "2018-04-09", "2018-05-28"];
  expect(days.map((day) => teachingWeek(trimester, Date.parse(day)))).toEqual([1, 4, 4, 5, 12]);
});

test("no date of a unit lies after its last day", () => {
  expect(iso(dayOfWeek(of2018[0] as Trimester, 13, 2))).toBe("2018-05-25");
});
