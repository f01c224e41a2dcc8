import fc from "fast-check";
import { expect, test } from "vitest";
import { ReaderTurns } from "./reader-turns.ts";

interface Waiting {
  readonly reader: string;
  readonly number: number;
}

/** Takes all that waits, one after another. */
function takeAll(turns: ReaderTurns<Waiting>): string[] {
  const taken: string[] = [];
  for (let next = turns.take(); next !== undefined; next = turns.take()) taken.push(`${next.reader}${next.number}`);
  return taken;
}

const waiting = (text: string): Waiting => ({ reader: text.slice(0, 1), number: Number(text.slice(1)) });

test.each([
  ["a1 a2 a3", "a1 a2 a3", "one reader: as they were asked"],
  ["a1 a2 a3 b1", "a1 b1 a2 a3", "who comes last waits for one statement of each reader"],
  ["a1 a2 b1 b2 c1", "a1 b1 c1 a2 b2", "readers one after the other"],
])("%s has its turns as %s: %s", (asked, expected) => {
  const turns = new ReaderTurns<Waiting>();
  for (const each of asked.split(" ")) turns.add(waiting(each));
  expect(takeAll(turns).join(" ")).toBe(expected);
});

test("who asks while their own statement runs comes behind those who ask later", () => {
  const turns = new ReaderTurns<Waiting>();
  turns.add(waiting("a1"));
  expect(turns.take()).toEqual(waiting("a1"));
  for (const each of ["a2", "a3", "b1", "c1"]) turns.add(waiting(each));
  expect(turns.hasOther("a")).toBe(true);
  expect(takeAll(turns)).toEqual(["b1", "c1", "a2", "a3"]);
  turns.add(waiting("a4"));
  expect(turns.hasOther("a")).toBe(false);
});

test("what is dropped or removed has no turn", () => {
  const turns = new ReaderTurns<Waiting>();
  const [a1, a2, b1, b2] = ["a1", "a2", "b1", "b2"].map(waiting) as [Waiting, Waiting, Waiting, Waiting];
  for (const each of [a1, a2, b1, b2]) turns.add(each);
  expect([turns.remove(b1), turns.remove(b1)]).toEqual([true, false]);
  expect(turns.drop("a")).toEqual([a1, a2]);
  expect(takeAll(turns)).toEqual(["b2"]);
  expect(turns.isEmpty).toBe(true);
});

test("everybody has a turn, nobody twice before another who waits, and each in its own order", () => {
  const readers = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });
  fc.assert(
    fc.property(readers, (asked) => {
      const turns = new ReaderTurns<Waiting>();
      for (const [number, reader] of asked.entries()) turns.add({ reader, number });
      const taken = takeAll(turns).map((each) => ({ reader: each.slice(0, 1), number: Number(each.slice(1)) }));
      expect(taken.map(({ number }) => number).toSorted((one, other) => one - other)).toEqual([...asked.keys()]);
      for (const [index, { reader, number }] of taken.entries()) {
        const next = taken.findIndex((other, at) => at > index && other.reader === reader);
        if (next === -1) continue;
        expect(taken[next]?.number).toBeGreaterThan(number);
        const later = new Set(taken.slice(index).map((other) => other.reader));
        expect(new Set(taken.slice(index, next).map((other) => other.reader)).size).toBe(later.size);
      }
    }),
  );
});
