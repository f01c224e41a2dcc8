import fc from "fast-check";
import { expect, test } from "vitest";
import type { Agreement } from "./agreement.ts";
import { decide } from "./decide.ts";
import { decideFrom } from "./decide-from.ts";
import { anonymous, type Principal } from "./decision.ts";
import { ada, agreement, enrolments, now, purposes } from "./fixtures/enrolments.ts";

/** A book that is written by hand. */
function bookOf(agreements: readonly Agreement[]) {
  let entries = agreements;
  let reads = 0;
  let version = 1;
  return {
    get version() {
      return version;
    },
    agreementsFor: () => {
      reads++;
      return entries;
    },
    replace: (next: readonly Agreement[]) => {
      entries = next;
      version++;
    },
    reads: () => reads,
  };
}

test("decides once until something changes", () => {
  const book = bookOf([agreement()]);
  let at = now;
  const decided = decideFrom({ book, purposes, clock: () => at });
  const first = decided(ada, enrolments, "research");
  expect(first.agreement).toBe("agr-1");
  expect(decided(ada, enrolments, "research")).toBe(first);
  expect(book.reads()).toBe(1);
  at = now + 999;
  expect(decided(ada, enrolments, "research")).toBe(first);
  at = now + 1000;
  expect(decided(ada, enrolments, "research").agreement).toBeNull();
  at = now;
  expect(decided(ada, enrolments, "research").agreement).toBe("agr-1");
  book.replace([]);
  expect(decided(ada, enrolments, "research").agreement).toBeNull();
});

test("tells purposes, products and principals apart", () => {
  const decided = decideFrom({ book: bookOf([agreement()]), purposes, clock: () => now });
  const of = (principal: Principal, purpose?: string) => decided(principal, enrolments, purpose).agreement;
  expect([of(ada), of(ada, "research"), of(ada, "teaching"), of({ ...ada, name: "bea" }), of(anonymous)]).toEqual([
    "agr-1",
    "agr-1",
    null,
    null,
    null,
  ]);
  const other = { ...enrolments, major: 2 };
  expect(decided(ada, other, "research").agreement).toBeNull();
});

test("a flood of purposes does not stay in memory, and none is taken for another", () => {
  const decided = decideFrom({ book: bookOf([agreement()]), purposes, clock: () => now });
  for (let count = 0; count < 1000; count++) expect(decided(ada, enrolments, `research ${count}`).agreement).toBeNull();
  expect(decided(ada, enrolments, "research").agreement).toBe("agr-1");
});

const dayMs = 86_400_000;
const instant = fc.integer({ min: now - 3 * dayMs, max: now + 3 * dayMs });
const someAgreement = fc
  .record({
    id: fc.constantFrom("a", "b", "c"),
    role: fc.constantFrom("researcher", "auditor", "analyst"),
    purpose: fc.constantFrom("research", "study"),
    from: instant,
    until: instant,
  })
  .map((changes) => agreement(changes));

test("is at every moment what would be decided anew", () => {
  fc.assert(
    fc.property(
      fc.array(someAgreement, { maxLength: 4 }),
      fc.array(instant, { maxLength: 12 }),
      (agreements, instants) => {
        let at = now;
        const decided = decideFrom({ book: bookOf(agreements), purposes, clock: () => at });
        const edges = agreements.flatMap(({ from, until }) => [from, until, from - 1, until - 1]);
        for (at of [...instants, ...edges].toSorted((a, b) => a - b))
          for (const purpose of [undefined, "research", "study"])
            expect(decided(ada, enrolments, purpose)).toEqual(
              decide(ada, enrolments, purpose, { agreements, purposes, now: at }),
            );
      },
    ),
    { numRuns: 150 },
  );
});
