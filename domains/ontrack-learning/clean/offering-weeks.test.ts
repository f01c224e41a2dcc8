import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";
import { smallOffering } from "../testing/small-offering.ts";

const openCase = domainCases(new URL("../domain.ts", import.meta.url));

async function weeks(start: string, end: string, breaks: { start: string; weeks: number }[]) {
  await using world = await openCase({ raw: smallOffering({ start, end, breaks }) });
  return (await world.clean("offering_weeks")).map((row) => [row.week, row.teaching_week]);
}

test("a break from a Friday on takes the week most of its days lie in", async () => {
  // Trimester 1 of 2018: Good Friday, 30 March, opens a week of break
  const rows = await weeks("2018-03-05", "2018-05-25", [{ start: "2018-03-30", weeks: 1 }]);
  expect(rows.slice(3, 6)).toEqual([
    ["2018-03-26", 4],
    ["2018-04-02", null],
    ["2018-04-09", 5],
  ]);
  expect(rows.slice(11)).toEqual([
    ["2018-05-21", 11],
    ["2018-05-28", null],
    ["2018-06-04", null],
    ["2018-06-11", null],
  ]);
});

test("a break of two weeks takes both", async () => {
  // Trimester 3 of 2018: Christmas
  const rows = await weeks("2018-11-05", "2019-02-01", [{ start: "2018-12-24", weeks: 2 }]);
  expect(rows.slice(6, 10).map(([, teachingWeek]) => teachingWeek)).toEqual([7, null, null, 8]);
});

test("an offering that does not start on a Monday begins in the week it starts in", async () => {
  const rows = await weeks("2026-03-04", "2026-03-13", []);
  expect(rows.slice(0, 2)).toEqual([
    ["2026-03-02", 1],
    ["2026-03-09", 2],
  ]);
});
