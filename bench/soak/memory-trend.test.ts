import { expect, test } from "vitest";
import { memoryTrend } from "./memory-trend.ts";

const minute = 60_000;

function samples(bytesAt: (minutes: number) => number) {
  return Array.from({ length: 31 }, (_, index) => ({ atMs: index * minute, bytes: bytesAt(index) }));
}

test.each<[string, (minutes: number) => number, number]>([
  ["flat", () => 500, 0],
  ["rises while it warms up", (minutes) => Math.min(500, minutes * 50), 0],
  ["rises all the time", (minutes) => 500 + minutes, 20],
  ["has one peak", (minutes) => (minutes === 29 ? 5_000 : 500), 0],
  ["saws around the same height", (minutes) => 500 + (minutes % 2), 0],
])("memory that %s", (_how, bytesAt, growth) => {
  expect(memoryTrend(samples(bytesAt))?.growthBytes).toBeCloseTo(growth, 6);
});

test("a few samples tell nothing", () => {
  expect(memoryTrend(samples(() => 1).slice(0, 2))).toBeUndefined();
  expect(memoryTrend([])).toBeUndefined();
});
