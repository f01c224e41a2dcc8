import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { seededRandom } from "@thoth/testing/random";
import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeAnomaly, judgeSeries, neededPoints, type Point } from "./anomaly.ts";

const dayMs = 86_400_000;
const start = Date.UTC(2026, 0, 5);

function daily(values: readonly number[]): Point[] {
  return values.map((value, index) => ({ at: start + index * dayMs, value }));
}

/** `.` usual, `!` unusual, `~` continuing, `?` learning. */
function verdicts(values: readonly number[], options?: Parameters<typeof judgeSeries>[1]): string {
  const signs = { learning: "?", usual: ".", unusual: "!", continuing: "~" } as const;
  return judgeSeries(daily(values), options)
    .map(({ kind }) => signs[kind])
    .join("");
}

const learning = "?".repeat(neededPoints);
const random = seededRandom("anomalies");
const noise = (size: number) => (random.next() + random.next() + random.next() - 1.5) * size;
const repeat = <T>(count: number, value: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => value(i));

test.each([
  ["what never changes", repeat(20, () => 100), learning + ".".repeat(12)],
  ["one value far off", [...repeat(15, () => 100), 300, 100, 100], `${learning}.......!..`],
  ["a drop to nothing", [...repeat(15, () => 100), 0], `${learning}.......!`],
  ["two in a row are told once", [...repeat(15, () => 100), 300, 310, 100, 100], `${learning}.......!~..`],
  ["up, then down, are two", [...repeat(15, () => 100), 300, 10, 100], `${learning}.......!!.`],
  [
    "a level that stays is told once",
    [...repeat(15, () => 100), ...repeat(12, () => 300)],
    `${learning}.......!~~${".".repeat(9)}`,
  ],
  ["steady growth", repeat(30, (index) => 100 + 3 * index), learning + ".".repeat(22)],
])("%s", (_, values, expected) => {
  expect(verdicts(values)).toBe(expected);
});

test("quiet weekends are usual, a quiet Wednesday is not", () => {
  const week = (index: number) => (index % 7 < 5 ? 1000 : 200) + noise(20);
  const calm = repeat(70, week);
  expect(verdicts(calm)).toBe(learning + ".".repeat(62));
  const wednesday = 8 * 7 + 2;
  expect(verdicts(calm.with(wednesday, 200))[wednesday]).toBe("!");
  expect(verdicts(calm.with(wednesday + 3, 1000))[wednesday + 3]).toBe("!");
});

test("the season survives a shift of the level", () => {
  const values = repeat(91, (index) => ((index % 7 < 5 ? 1000 : 200) + noise(20)) * (index < 56 ? 1 : 3));
  expect(verdicts(values).slice(56)).toBe(`!~~${".".repeat(32)}`);
});

test("twice a trimester of noise is no news", () => {
  const alerts = repeat(200, () => verdicts(repeat(60, () => 1000 + noise(200)))).join("");
  const judged = [...alerts].filter((sign) => sign !== "?").length;
  expect([...alerts].filter((sign) => sign === "!").length / judged).toBeLessThan(0.002);
});

test("a threshold and a floor of one's own", () => {
  const values = [...repeat(15, (index) => 100 + (index % 5)), 120];
  expect(verdicts(values).at(-1)).toBe("!");
  expect(verdicts(values, { threshold: 50 }).at(-1)).toBe(".");
  expect(verdicts(values, { floor: { share: 0.25 } }).at(-1)).toBe(".");
  expect(verdicts(values, { floor: { value: 5 } }).at(-1)).toBe(".");
});

const series = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });

test("the verdict on a value does not depend on what comes after it", () => {
  fc.assert(
    fc.property(series, fc.nat(59), (values, cut) => {
      const points = daily(values);
      const until = points.slice(0, Math.min(cut + 1, points.length));
      const last = until.at(-1) as Point;
      expect(judgeAnomaly(until.slice(0, -1), last)).toEqual(judgeSeries(until).at(-1));
      expect(judgeSeries(until).length).toBe(until.length);
    }),
    { numRuns: 50 },
  );
});

test("what is multiplied is judged alike", () => {
  fc.assert(
    fc.property(series, fc.constantFrom(0.5, 4, 1024), (values, factor) => {
      const kinds = (list: readonly number[]) => judgeSeries(daily(list)).map(({ kind }) => kind);
      expect(kinds(values.map((value) => value * factor))).toEqual(kinds(values));
    }),
    { numRuns: 50 },
  );
});

test("a repeated value is not told twice, however far off it is", () => {
  fc.assert(
    fc.property(series, fc.double({ min: -1e9, max: 1e9, noNaN: true }), (values, value) => {
      const kinds = judgeSeries(daily([...values, value, value, value, value, value, value])).map(({ kind }) => kind);
      expect(kinds.slice(values.length).filter((kind) => kind === "unusual").length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 100 },
  );
});

const shared = (path: string) => fileURLToPath(new URL(`../../../../../shared/data/${path}`, import.meta.url));

/** A real story: on the evening of 2023-12-30 a new form for student aid went online, and everybody looked. */
const visits = shared("ga4-education/users.csv");
if (!existsSync(visits)) console.warn(`skipped: ${visits} is not there, so anomalies are not looked for in real data`);

test.skipIf(!existsSync(visits))("real visits of a public site: one alert, where the story is", () => {
  const lines = readFileSync(visits, "utf8").trim().split("\n").slice(1);
  const points = lines
    .map((line) => line.split(","))
    .map(([day = "", count = ""]) => ({ at: Date.parse(day), value: Number(count) }))
    .toSorted((a, b) => a.at - b.at);
  const told = judgeSeries(points).flatMap(({ kind }, index) =>
    kind === "unusual" ? [new Date(points[index]?.at ?? 0).toISOString().slice(0, 10)] : [],
  );
  expect(told).toEqual(["2023-12-31"]);
});
