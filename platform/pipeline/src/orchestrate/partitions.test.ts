import fc from "fast-check";
import { expect, test } from "vitest";
import { partitionSizes, partitionsOf } from "./partitions.ts";

const shown = (range: string, by: (typeof partitionSizes)[number]) =>
  partitionsOf(range, by).map(({ key, from, until }) =>
    [key, ...[from, until].map((at) => new Date(at).toISOString().slice(0, 10))].join(" "),
  );

test.each([
  [
    "2026-02-27..2026-03-01",
    "day",
    ["2026-02-27", "2026-02-28", "2026-03-01"].map(
      (day, i) => `${day} ${day} ${["2026-02-28", "2026-03-01", "2026-03-02"][i]}`,
    ),
  ],
  [
    "2026-01-15..2026-03-10",
    "month",
    ["2026-01 2026-01-15 2026-02-01", "2026-02 2026-02-01 2026-03-01", "2026-03 2026-03-01 2026-03-11"],
  ],
  ["2025-12-31..2026-01-05", "week", ["2026-W01 2025-12-31 2026-01-05", "2026-W02 2026-01-05 2026-01-06"]],
  ["2027-01-01..2027-01-01", "week", ["2026-W53 2027-01-01 2027-01-02"]],
] as const)("%s by %s", (range, by, parts) => {
  expect(shown(range, by)).toEqual(parts);
});

test.each([
  ["2026-01-01", "no range of days"],
  ["2026-02-30..2026-03-01", "no range of days"],
  ["2026-03-01..2026-02-01", "ends before it begins"],
  ["2020-01-01..2026-01-01", "more than 1000 days"],
])("%s is refused: it %s", (range, reason) => {
  expect(() => partitionsOf(range, "day")).toThrowError(
    expect.objectContaining({ code: "pipeline/bad-range", message: expect.stringContaining(reason) }),
  );
});

test("the parts are the range, without gap or overlap, and no key comes twice", () => {
  const day = fc.integer({ min: 0, max: 20_000 }).map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));
  fc.assert(
    fc.property(day, fc.integer({ min: 0, max: 900 }), fc.constantFrom(...partitionSizes), (first, length, by) => {
      const end = Date.parse(first) + length * 86_400_000;
      const parts = partitionsOf(`${first}..${new Date(end).toISOString().slice(0, 10)}`, by);
      expect(parts[0]?.from).toBe(Date.parse(first));
      expect(parts.at(-1)?.until).toBe(end + 86_400_000);
      expect(parts.every(({ from, until }) => from < until)).toBe(true);
      expect(parts.slice(1).every(({ from }, index) => from === parts[index]?.until)).toBe(true);
      expect(new Set(parts.map(({ key }) => key)).size).toBe(parts.length);
    }),
    { numRuns: 50 },
  );
});
