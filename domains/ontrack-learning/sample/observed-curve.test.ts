import { expect, test } from "vitest";
import { type Curve, rankOf, valueAt } from "./observed-curve.ts";
import { latenessCurve, withdrawalCurve } from "./open-university.ts";

const curve: Curve = [
  [0.1, -10],
  [0.5, 0],
  [0.9, 20],
];

test.each([
  [0, -10, "below the first point"],
  [0.1, -10, "at a point"],
  [0.3, -5, "half way"],
  [0.6, 5, "a quarter of the way"],
  [1, 20, "above the last point"],
])("the value at share %d is %d: %s", (share, value) => {
  expect(valueAt(curve, share)).toBeCloseTo(value, 9);
});

test("a trait of zero is the middle rank, and ranks rise with it", () => {
  expect(rankOf(0)).toBe(0.5);
  expect(rankOf(1)).toBeCloseTo(0.8413, 2);
});

test.each([
  ["lateness", latenessCurve],
  ["withdrawal", withdrawalCurve],
])("the %s curve rises", (_, observed) => {
  const sorted = [...observed].sort(([a], [b]) => a - b);
  expect(sorted).toEqual(observed);
  expect(observed.map(([, value]) => value)).toEqual(observed.map(([, value]) => value).sort((a, b) => a - b));
});
