import { expect, test } from "vitest";
import type { ContractDiff, Difference } from "../diff/contract-diff.ts";
import { type Agreement, type DependentProduct, judgeImpact, type KnownReaders, type ObservedUse } from "./impact.ts";
import { impactText } from "./impact-text.ts";

const now = Date.UTC(2026, 2, 18, 12, 30);
const hour = Date.UTC(2026, 2, 18, 12);
const dayMs = 86_400_000;
const product = "campus/courses";

function difference(path: string, changes: Partial<Difference> = {}): Difference {
  return { rule: "renamed", class: "MAJOR", dangerous: false, path, message: "it is called otherwise", ...changes };
}

function diffOf(...diffs: Difference[]): ContractDiff {
  const version = { before: "1.0.0", after: "2.0.0", declaredBump: "major", lowest: "2.0.0" } as const;
  return {
    class: "MAJOR",
    dangerous: false,
    blocked: false,
    requiredBump: "major",
    profile: "reader",
    version,
    diffs,
  } as ContractDiff;
}

function use(more: Partial<ObservedUse> = {}): ObservedUse {
  const reader = { consumer: "ada", domain: undefined, purpose: undefined };
  return { product, version: "1.0.0", column: "name", ...reader, lastReadAt: hour, reads: 1, ...more };
}

function judge(path: string, known: Partial<KnownReaders>, changes: Partial<Difference> = {}) {
  const { elements, ...rest } = judgeImpact(product, diffOf(difference(path, changes)), {
    uses: [],
    dependents: [],
    agreements: [],
    now,
    ...known,
  });
  const [element] = elements;
  if (element === undefined) throw new Error("one difference has one impact");
  return { ...element, ...rest };
}

const name = "/schema[name=course]/properties[name=name]";

test.each([
  [name, "name"],
  [`${name}/logicalTypeOptions/minimum`, "name"],
  ["/schema[name=course]/properties[name=place]/properties[name=name]", "place"],
  ["/schema[name=course]/primaryKey", undefined],
  ["/schema[name=name]", undefined],
  ["/slaProperties[id=latency]", undefined],
  ["/description/purpose", undefined],
])("%s is of the column %s", (path, column) => {
  expect(judge(path, {}).column).toBe(column);
});

test("a column concerns those that read it; the product, all that read any of it, once each", () => {
  const uses = [
    use({ column: undefined, reads: 5 }),
    use({ reads: 3 }),
    use({ column: "code", reads: 5, lastReadAt: hour - dayMs }),
    use({ consumer: "bob", column: "code", reads: 2 }),
    use({ consumer: "cyd", column: undefined }),
    use({ product: "library/loans" }),
  ];
  expect(judge(name, { uses }).uses).toEqual([use({ reads: 3 })]);
  expect(judge("/schema[name=course]/primaryKey", { uses }).uses).toEqual([
    use({ column: undefined, reads: 5 }),
    use({ consumer: "bob", column: undefined, reads: 2 }),
    use({ consumer: "cyd", column: undefined }),
  ]);
});

test.each<[string, Partial<KnownReaders>, string]>([
  ["nothing", {}, "Nobody has read this in 90 days"],
  ["nothing in a day", { days: 1 }, "Nobody has read this in 1 day"],
  ["what was read before", { days: 7, uses: [use({ lastReadAt: now - 8 * dayMs })] }, "Nobody has read this in 7 days"],
  ["little", { countedSince: now - dayMs }, "Nobody has read this in 90 days; uses are counted since 2026-03-17"],
  ["longer than is asked for", { countedSince: now - 100 * dayMs }, "Nobody has read this in 90 days"],
  ["one read", { uses: [use()] }, "1 consumer has read this in 90 days, 1 time, last on 2026-03-18"],
  [
    "many reads",
    { uses: [use({ reads: 1_203 }), use({ purpose: "teaching" }), use({ consumer: "bob", lastReadAt: hour - dayMs })] },
    "2 consumers have read this in 90 days, 1,205 times, last on 2026-03-18",
  ],
  [
    "products that are made from it",
    { dependents: [dependent("library/loans"), dependent("library/loans", "title"), dependent("exams/papers")] },
    "Nobody has read this in 90 days; 2 products are made from it: exams/papers, library/loans",
  ],
  ["agreements", { agreements: [agreement()] }, "Nobody has read this in 90 days; 1 agreement may read it"],
])("%s, in words", (_what, known, summary) => {
  expect(judge(name, known).summary).toBe(summary);
});

function dependent(id: string, column?: string, via: string | undefined = "name"): DependentProduct {
  return { product: id, column, via };
}

function agreement(more: Partial<Agreement> = {}): Agreement {
  return { id: "a1", product, consumer: "library", purpose: "teaching", until: undefined, columns: undefined, ...more };
}

test.each<[string, Partial<KnownReaders>, boolean]>([
  ["made from the column", { dependents: [dependent("library/loans", "title")] }, true],
  ["made from another one", { dependents: [dependent("library/loans", "title", "code")] }, false],
  ["made from what cannot be traced", { dependents: [{ ...dependent("library/loans"), via: undefined }] }, true],
  ["that only counts rows", { dependents: [{ ...dependent("library/loans"), via: undefined, rowsOnly: true }] }, false],
  ["itself", { dependents: [dependent(product, "code")] }, false],
  ["agreed on", { agreements: [agreement()] }, true],
  ["agreed on with its columns", { agreements: [agreement({ columns: ["code", "name"] })] }, true],
  ["agreed on without it", { agreements: [agreement({ columns: ["code"] })] }, false],
  ["agreed on until yesterday", { agreements: [agreement({ until: now - dayMs })] }, false],
  ["agreed on for another product", { agreements: [agreement({ product: "library/loans" })] }, false],
])("what is %s is affected: %s", (_what, known, isAffected) => {
  expect(judge(name, known).affected).toEqual(isAffected ? ["library"] : []);
});

test("the product as a whole concerns all that is made from it", () => {
  const rowsOnly = { ...dependent("library/loans"), via: undefined, rowsOnly: true } as const;
  const { dependents } = judge("/schema[name=course]/primaryKey", {
    dependents: [rowsOnly, dependent("exams/papers")],
  });
  expect(dependents).toHaveLength(2);
});

test("those must acknowledge a change that it breaks: domains, and consumers without one, but not the product's own", () => {
  const uses = [use(), use({ consumer: "portal", domain: "library" }), use({ consumer: "own", domain: "campus" })];
  const known = { uses, dependents: [dependent("exams/papers")] };
  expect(judge(name, known).affected).toEqual(["ada", "exams", "library"]);
  expect(judge(name, known, { class: "MINOR" }).affected).toEqual([]);
});

test("readers without a name are told of, though nobody can acknowledge for them", () => {
  const uses = [use({ consumer: "anonymous" }), use({ consumer: "(many)" })];
  expect(judge(name, { uses })).toMatchObject({ uses, affected: [] });
});

test.each([
  ["property-added", name, "This is new, so nobody relies on it yet"],
  ["object-added", "/schema[name=course]", "This is new, so nobody relies on it yet"],
  ["version-mismatch", "/version", "This is about the number of the version, which nobody reads"],
])("%s has no readers, whatever was called so before", (rule, path, summary) => {
  const known = { uses: [use()], dependents: [dependent("library/loans")], agreements: [agreement()] };
  const nobody = { uses: [], dependents: [], agreements: [], affected: [], lastReadAt: undefined };
  expect(judge(path, known, { rule })).toMatchObject({ ...nobody, summary });
});

test("for people", () => {
  const known = {
    uses: [use({ domain: "library", purpose: "teaching", reads: 1_204 }), use({ consumer: "bob" })],
    dependents: [dependent("library/loans", "title"), dependent("library/loans")],
    agreements: [agreement()],
    now,
  };
  const diff = diffOf(difference(name), difference("/description", { class: "PATCH", message: "other words" }));
  expect(`${impactText(judgeImpact(product, diff, known), diff)}\n`).toMatchInlineSnapshot(`
    "campus/courses, as it was read since 2025-12-18
      MAJOR  it is called otherwise
        2 consumers have read this in 90 days, 1,205 times, last on 2026-03-18; 1 product is made from it: library/loans; 1 agreement may read it
          ada of library, for teaching: 1,204 times, last on 2026-03-18 after 12:00 UTC, version 1.0.0
          bob: 1 time, last on 2026-03-18 after 12:00 UTC, version 1.0.0
          library/loans: title is made from name
          library/loans: which rows it has depends on name
          agreement a1: library for teaching
      PATCH  other words
        2 consumers have read this in 90 days, 1,205 times, last on 2026-03-18; 1 product is made from it: library/loans; 1 agreement may read it
    Must acknowledge it: bob, library
    "
  `);
});
