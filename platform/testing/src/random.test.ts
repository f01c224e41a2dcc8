import { describe, expect, test } from "vitest";
import { type Random, seededRandom } from "./random.ts";

const draws = (count: number, draw: () => number) => Array.from({ length: count }, draw);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

describe("the same seed gives the same world", () => {
  const methods: [string, (random: Random) => unknown][] = [
    ["next", (random) => random.next()],
    ["int", (random) => random.int(1, 1_000_000)],
    ["chance", (random) => draws(20, () => Number(random.chance(0.5)))],
    ["pick", (random) => random.pick([..."abcdefghijklmnopqrstuvwxyz"])],
    ["normal", (random) => random.normal(0, 1)],
    ["logNormal", (random) => random.logNormal(10, 1)],
    ["poisson", (random) => random.poisson(20)],
    ["shuffle", (random) => random.shuffle([..."abcdefghijklmnopqrstuvwxyz"])],
    ["fork", (random) => random.fork("other").next()],
  ];

  test.each(methods)("%s", (_, draw) => {
    expect(draw(seededRandom("seed"))).toEqual(draw(seededRandom("seed")));
  });

  // Frozen: sample data that people have seen must not change under them.
  test("and keeps giving it in later versions", () => {
    const random = seededRandom(2024);
    expect(draws(4, () => random.int(0, 999))).toEqual([595, 432, 870, 213]);
    const named = seededRandom("units");
    expect(draws(4, () => named.int(0, 999))).toEqual([659, 189, 458, 808]);
  });

  test.each([
    [1, 2],
    ["a", "b"],
    [0, -1],
  ])("but %s and %s differ", (one, other) => {
    const [first, second] = [seededRandom(one), seededRandom(other)];
    expect(draws(10, first.next)).not.toEqual(draws(10, second.next));
  });
});

describe("forks", () => {
  test("drawing from a fork does not disturb its parent", () => {
    const [plain, forked] = [seededRandom(1), seededRandom(1)];
    const fork = forked.fork("students");
    draws(50, fork.next);
    expect(draws(5, forked.next)).toEqual(draws(5, plain.next));
  });

  test("a fork does not depend on how much its parent has drawn", () => {
    const parent = seededRandom(1);
    const early = parent.fork("students").next();
    draws(50, parent.next);
    expect(parent.fork("students").next()).toBe(early);
  });

  test("labels make different streams, at every depth", () => {
    const random = seededRandom(1);
    const first = [random, random.fork("a"), random.fork("b"), random.fork("a").fork("b")].map((each) => each.next());
    expect(new Set(first).size).toBe(4);
  });
});

describe("ranges", () => {
  const random = seededRandom("ranges");

  test("next stays in [0, 1)", () => {
    const values = draws(20_000, random.next);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
  });

  test("int reaches both ends and nothing beyond", () => {
    expect(new Set(draws(2_000, () => random.int(-2, 2)))).toEqual(new Set([-2, -1, 0, 1, 2]));
    expect(random.int(7, 7)).toBe(7);
  });

  test("shuffle keeps every item and leaves its argument alone", () => {
    const items = Object.freeze([1, 2, 3, 4, 5, 5]);
    expect(random.shuffle(items).toSorted()).toEqual(items);
  });

  test("an empty list cannot be picked from", () => {
    expect(() => random.pick([])).toThrow("empty list");
    expect(() => random.weighted([])).toThrow("empty list");
  });

  test("chances of 0 and 1 are certain", () => {
    expect(draws(500, () => Number(random.chance(0)))).not.toContain(1);
    expect(draws(500, () => Number(random.chance(1)))).not.toContain(0);
  });

  test("a weight of 0 is never picked", () => {
    const picks = Array.from({ length: 2_000 }, () =>
      random.weighted([
        ["never", 0],
        ["often", 3],
        ["seldom", 1],
      ]),
    );
    expect(new Set(picks)).toEqual(new Set(["often", "seldom"]));
  });
});

/** Tolerances are five standard errors: a right generator fails less than once in a million seeds, a wrong one always. */
describe("distributions", () => {
  const n = 20_000;
  const random = seededRandom("distributions");
  const near = (actual: number, expected: number, standardError: number) =>
    expect(Math.abs(actual - expected)).toBeLessThan(5 * standardError);

  test("next is uniform over ten bins", () => {
    const bins = new Array<number>(10).fill(0);
    for (const value of draws(n, random.next)) bins[Math.floor(value * 10)] = (bins[Math.floor(value * 10)] ?? 0) + 1;
    for (const count of bins) near(count / n, 0.1, Math.sqrt((0.1 * 0.9) / n));
  });

  test("chance", () => {
    near(mean(draws(n, () => Number(random.chance(0.3)))), 0.3, Math.sqrt((0.3 * 0.7) / n));
  });

  test("weighted follows its weights, whatever they sum to", () => {
    const share = mean(
      draws(n, () =>
        Number(
          random.weighted([
            ["a", 6],
            ["b", 2],
          ]) === "a",
        ),
      ),
    );
    near(share, 0.75, Math.sqrt((0.75 * 0.25) / n));
  });

  test("normal", () => {
    const values = draws(n, () => random.normal(10, 2));
    near(mean(values), 10, 2 / Math.sqrt(n));
    near(deviation(values), 2, 2 / Math.sqrt(2 * n));
    near(mean(values.map((value) => Number(Math.abs(value - 10) < 2))), 0.6827, Math.sqrt((0.6827 * 0.3173) / n));
  });

  test("logNormal has the median it was given", () => {
    const logs = draws(n, () => Math.log(random.logNormal(40, 0.8)));
    near(median(logs) ?? Number.NaN, Math.log(40), (1.2533 * 0.8) / Math.sqrt(n));
    near(deviation(logs), 0.8, 0.8 / Math.sqrt(2 * n));
  });

  test.each([[0.5], [4], [29], [31], [200]])("poisson of %d has that mean and variance", (rate) => {
    const values = draws(n, () => random.poisson(rate));
    near(mean(values), rate, Math.sqrt(rate / n));
    near(deviation(values) ** 2, rate, rate * Math.sqrt((2 + 1 / rate) / n));
    expect(values.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
  });

  test("poisson of 0 is 0", () => {
    expect(new Set(draws(100, () => random.poisson(0)))).toEqual(new Set([0]));
  });

  test("shuffle brings every item to every place", () => {
    const firsts = Array.from({ length: n }, () => random.shuffle(["a", "b", "c", "d"])[0]);
    for (const item of ["a", "b", "c", "d"]) {
      near(firsts.filter((first) => first === item).length / n, 0.25, Math.sqrt((0.25 * 0.75) / n));
    }
  });
});
