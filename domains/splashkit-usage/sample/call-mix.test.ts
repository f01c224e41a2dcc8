import { seededRandom } from "@thoth/testing/random";
import { expect, test } from "vitest";
import { dealCalls } from "./call-mix.ts";
import { makeCatalogue } from "./catalogue.ts";
import { categoryFigures } from "./catalogue-figures.ts";

const names = makeCatalogue(seededRandom("catalogue"));
const categoryOf = new Map(
  names.flatMap((name) => name.overloads.map((overload) => [overload.uniqueGlobalName, name.category] as const)),
);

test("calls are dealt in the proportions counted in real programs, whatever the programs favour", () => {
  const deal = dealCalls(names, seededRandom(1));
  const decks = 5;
  const cards = categoryFigures.reduce((sum, { calls }) => sum + calls, 0);
  const favours = [new Set(["physics", "json"]), new Set(["terminal"]), new Set<string>()];
  const dealt = new Map<string, number>();
  for (let call = 0; call < decks * cards; call++) {
    const category = categoryOf.get(deal(favours[call % 3] ?? new Set())) ?? "none";
    dealt.set(category, (dealt.get(category) ?? 0) + 1);
  }
  for (const { category, calls } of categoryFigures) {
    // The hand holds back 256 cards at most, of whatever category.
    const share = Math.abs((dealt.get(category) ?? 0) - decks * calls);
    expect(share, category).toBeLessThanOrEqual(256);
  }
  for (const never of ["raspberry", "interface", "generative_ai", "logging"])
    expect(dealt.has(never), never).toBe(false);
});

test("a program that favours a category calls it more often than one that does not", () => {
  const deal = dealCalls(names, seededRandom(2));
  const everyTenth = (favours: ReadonlySet<string>) => {
    let physics = 0;
    for (let call = 0; call < 20_000; call++) {
      const name = deal(call % 10 === 0 ? favours : new Set());
      if (call % 10 === 0 && categoryOf.get(name) === "physics") physics++;
    }
    return physics / 2000;
  };
  expect(everyTenth(new Set(["physics"]))).toBeGreaterThan(2 * everyTenth(new Set(["terminal"])));
});

test("only names that programs use are dealt", () => {
  const deal = dealCalls(names, seededRandom(3));
  const used = new Set(
    names.filter((name) => name.used).flatMap((name) => name.overloads.map((o) => o.uniqueGlobalName)),
  );
  const dealt = new Set(Array.from({ length: 5000 }, () => deal(new Set())));
  expect([...dealt].filter((name) => !used.has(name))).toEqual([]);
});
