import { expect, test } from "vitest";
import { precision, recall, tally } from "./quality/score.ts";
import { scoreQuality, target } from "./quality.ts";

test("faults that are planted into sample data are reported, and little else is", async () => {
  const { all } = await scoreQuality({ days: 13, calmDays: 8, rows: 250, seed: "a small one", scale: 0.003 });
  expect(all.planted).toBeGreaterThan(5);
  expect(recall(all)).toBeGreaterThanOrEqual(target);
  expect(precision(all)).toBeGreaterThanOrEqual(target);
});

test("a fault counts as found when it is told with its number of rows", () => {
  const planted = [{ checks: ["a", "b"] }, { checks: ["c"], rows: 3 }];
  const told = (check: string, measured: string) => ({ check, measured });
  expect(tally(planted, [told("b", "9"), told("c", "3")])).toEqual({ planted: 2, found: 2, reported: 2, true: 2 });
  expect(tally(planted, [told("c", "2"), told("d", "1")])).toEqual({ planted: 2, found: 0, reported: 2, true: 0 });
  expect([recall(tally([], [])), precision(tally(planted, []))]).toEqual([1, 1]);
});
