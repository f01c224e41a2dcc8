import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, contextFor } from "./fixtures/campus.ts";
import type { TestEngine } from "./fixtures/engine.ts";
import { passes, type Where } from "./fixtures/evaluate.ts";
import {
  bigs,
  blank,
  clocks,
  days,
  kinds,
  labels,
  levels,
  loadReadings,
  moments,
  openLab,
  prices,
  type Reading,
  readings,
  shown,
  someReadings,
  tagValues,
} from "./fixtures/readings.ts";
import { enumValueNames } from "./type-names.ts";

const lab = readings();
const query = "query ($where: ReadingWhere) { readings(where: $where, first: 100) { nodes { id } totalCount } }";
let engine: TestEngine;

beforeAll(async () => {
  engine = await openLab();
});
afterAll(async () => engine[Symbol.asyncDispose]());

async function idsWhere(where: unknown): Promise<number[]> {
  const { data, errors } = await ask(lab, contextFor(engine), query, { where });
  expect(errors).toBeUndefined();
  expect(data.readings.totalCount).toBe(data.readings.nodes.length);
  return data.readings.nodes.map((node: { id: number }) => node.id);
}

describe("every operator of every type, with a missing value among the rows", () => {
  const cases: readonly (readonly [
    field: keyof Reading,
    values: readonly unknown[],
    filter: object,
    found: readonly number[],
  ])[] = [
    ["label", ["a", "b", "ab"], { eq: "a" }, [1]],
    ["label", ["a", "b", "ab"], { ne: "a" }, [2, 3, 4]],
    ["label", ["a", "b", "ab"], { in: ["a", "b", "zz"] }, [1, 2]],
    ["label", ["a", "b", "ab"], { notIn: ["a", "b"] }, [3, 4]],
    ["label", ["a", "b", "ab"], { in: [] }, []],
    ["label", ["a", "b", "ab"], { notIn: [] }, [1, 2, 3, 4]],
    ["label", ["a", "b", "ab"], { gt: "a" }, [2, 3]],
    ["label", ["a", "b", "ab"], { gte: "ab", lt: "b" }, [3]],
    ["label", ["a", "b", "ab"], { lte: "ab" }, [1, 3]],
    ["label", ["a", "b", "ab"], { isNull: true }, [4]],
    ["label", ["a", "b", "ab"], { isNull: false }, [1, 2, 3]],
    ["label", ["ab", "Bc", "a%"], { contains: "b" }, [1]],
    ["label", ["ab", "Bc", "a%"], { iContains: "B" }, [1, 2]],
    ["label", ["ab", "Bc", "a%"], { startsWith: "a" }, [1, 3]],
    ["label", ["ab", "Bc", "a%"], { endsWith: "c" }, [2]],
    ["label", ["ab", "Bc", "a%"], { like: "a_" }, [1, 3]],
    ["label", ["ab", "Bc", "a%"], { like: "a\\%" }, [3]],
    ["label", ["ab", "Bc", "a%"], { like: "%c" }, [2]],
    ["label", ["ab", "Bc", "a%"], { contains: "%" }, [3]],
    ["number", [1, 2, 3], { eq: 2 }, [2]],
    ["number", [1, 2, 3], { ne: 2 }, [1, 3, 4]],
    ["number", [1, 2, 3], { gt: 1, lte: 3 }, [2, 3]],
    ["number", [1, 2, 3], { in: [3, 1] }, [1, 3]],
    ["big", ["9007199254740993", "9007199254740992", "-5"], { eq: "9007199254740993" }, [1]],
    ["big", ["9007199254740993", "9007199254740992", "-5"], { gt: "9007199254740992" }, [1]],
    ["big", ["9007199254740993", "9007199254740992", "-5"], { lt: 0 }, [3]],
    ["price", ["12.50", "12.49", "-1.00"], { eq: "12.5" }, [1]],
    ["price", ["12.50", "12.49", "-1.00"], { gte: "12.49" }, [1, 2]],
    ["price", ["12.50", "12.49", "-1.00"], { in: ["12.490", "7"] }, [2]],
    ["level", [0.1, 1e300, Number.NaN], { gt: 0 }, [1, 2]],
    ["level", [0.1, 1e300, Number.NaN], { eq: 0.1 }, [1]],
    ["level", [0.1, 1e300, Number.NaN], { isNull: true }, [3, 4]],
    ["level", [0.1, 1e300, Number.NaN], { ne: 0.1 }, [2, 3, 4]],
    ["day", ["2026-03-17", "2026-03-18", "2026-03-19"], { gte: "2026-03-18" }, [2, 3]],
    ["day", ["2026-03-17", "2026-03-18", "2026-03-19"], { withinLast: "P1D" }, [2]],
    ["day", ["2026-03-17", "2026-03-18", "2026-03-19"], { withinLast: "P1M" }, [1, 2]],
    [
      "at",
      ["2026-03-18T11:00:00.000001Z", "2026-03-18T12:00:00Z", "2026-03-18T12:00:01Z"],
      { withinLast: "PT1H" },
      [1, 2],
    ],
    ["at", ["2026-03-18T11:00:00Z", "2026-03-18T12:00:00Z", "2026-03-18T12:00:01Z"], { withinLast: "PT1H" }, [2]],
    [
      "at",
      ["2026-03-01T10:00:00.123456Z", "2026-03-01T10:00:00.123457Z", "2026-03-01T00:00:00Z"],
      { eq: "2026-03-01T21:00:00.123457+11:00" },
      [2],
    ],
    [
      "local",
      ["2026-03-01T10:00:00.123456Z", "2026-03-01T10:00:00.123457Z", "2026-03-01T00:00:00Z"],
      { lte: "2026-03-01T10:00:00.123456" },
      [1, 3],
    ],
    [
      "local",
      ["2026-03-01T10:00:00.000004Z", "2026-03-01T10:00:00.000006Z", "2026-03-01T10:00:00.0005Z"],
      { lt: "2026-03-01T10:00:00.000005" },
      [1],
    ],
    ["clock", ["09:30:00", "09:30:00.5", "23:00:00"], { gt: "09:30" }, [2, 3]],
    ["flag", [true, false, true], { eq: true }, [1, 3]],
    ["flag", [true, false, true], { ne: true }, [2, 4]],
    ["kind", ["low", "mid-way", "HIGH"], { eq: "MID_WAY" }, [2]],
    ["kind", ["low", "mid-way", "HIGH"], { notIn: ["LOW", "HIGH"] }, [2, 4]],
    ["tags", [["x", "y"], ["y"], []], { hasAny: ["x", "z"] }, [1]],
    ["tags", [["x", "y"], ["y"], []], { hasAll: ["y", "x"] }, [1]],
    ["tags", [["x", "y"], ["y", null], []], { hasAll: ["y"] }, [1, 2]],
    ["tags", [["x", "y"], ["y"], []], { hasAll: [] }, [1, 2, 3]],
    ["tags", [["x", "y"], ["y"], []], { hasAny: [] }, []],
    ["tags", [["x", "y"], ["y"], []], { isNull: true }, [4]],
  ];

  test.each(cases)("%s of %j, where %j", async (field, values, filter, found) => {
    await loadReadings(
      engine,
      [...values, null].map((value, index) => ({ ...blank, id: index + 1, [field]: value })),
    );
    const everyRow = [1, 2, 3, 4];
    expect(await idsWhere({ [field]: filter })).toEqual(found);
    expect(await idsWhere({ not: { [field]: filter } })).toEqual(everyRow.filter((id) => !found.includes(id)));
  });
});

test.each([
  [{}, [1, 2]],
  [null, [1, 2]],
  [{ and: [] }, [1, 2]],
  [{ or: [] }, []],
  [{ not: {} }, []],
  [{ and: [{ number: { gt: 0 } }, { number: { lt: 2 } }] }, [1]],
  [{ or: [{ number: { eq: 1 } }, { number: { isNull: true } }] }, [1, 2]],
  [{ number: { eq: 1 }, label: { isNull: false } }, []],
  [{ not: { not: { number: { gt: 0 } } } }, [1]],
])("the tree %j", async (where, found) => {
  await loadReadings(engine, [
    { ...blank, id: 1, number: 1 },
    { ...blank, id: 2 },
  ]);
  expect(await idsWhere(where)).toEqual(found);
});

test("a long list finds what a short one finds", async () => {
  const rows = Array.from({ length: 50 }, (_, id) => ({ ...blank, id, number: id % 5 === 0 ? null : id }));
  await loadReadings(engine, rows);
  const wanted = Array.from({ length: 30 }, (_, index) => index * 2);
  const found = rows.filter(({ number }) => number !== null && wanted.includes(number)).map(({ id }) => id);
  expect(await idsWhere({ number: { in: wanted } })).toEqual(found);
  expect(await idsWhere({ number: { notIn: wanted } })).toEqual(
    rows.map(({ id }) => id).filter((id) => !found.includes(id)),
  );
});

test("random trees agree with an evaluator written without SQL", async () => {
  const property = fc.asyncProperty(
    someReadings,
    fc.array(someWhere, { minLength: 1, maxLength: 6 }),
    async (rows, wheres) => {
      await loadReadings(engine, rows);
      for (const where of wheres) {
        const expected = rows.filter((row) => passes(shown(row), where)).map(({ id }) => id);
        expect(await idsWhere(forGraphql(where)), JSON.stringify(forGraphql(where))).toEqual(
          expected.toSorted((a, b) => a - b),
        );
      }
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

const equality = ["eq", "ne"];
const range = ["gt", "gte", "lt", "lte"];
const many = ["in", "notIn"];

function filterOf<T>(field: string, values: readonly T[], operators: readonly string[]): fc.Arbitrary<Where> {
  const operand = (operator: string) => {
    if (operator === "isNull") return fc.boolean();
    const one = fc.constantFrom(...values);
    return many.includes(operator) || operator.startsWith("has") ? fc.array(one, { maxLength: 20 }) : one;
  };
  const entry = fc
    .constantFrom(...operators, "isNull")
    .chain((operator) => operand(operator).map((value) => [operator, value] as const));
  return fc.array(entry, { minLength: 1, maxLength: 2 }).map((entries) => ({ [field]: Object.fromEntries(entries) }));
}

const patterns = ["%", "a%", "_", "%b", "b\\%", "b\\_", "b\\\\", "", "_%", "%😀%"];
const leaf = fc.oneof(
  filterOf("label", labels, [...equality, ...range, ...many, "contains", "startsWith", "endsWith"]),
  filterOf("label", patterns, ["like"]),
  filterOf("label", ["a", "B", "Ä", ""], ["iContains"]),
  filterOf("number", [-1, 0, 1, 2], [...equality, ...range, ...many]),
  filterOf("big", bigs, [...equality, ...range, ...many]),
  filterOf("price", prices, [...equality, ...range, ...many]),
  filterOf("level", levels, [...equality, ...range, ...many]),
  filterOf("day", days, [...equality, ...range, ...many]),
  filterOf("at", moments, [...equality, ...range, ...many]),
  filterOf("local", moments, [...equality, ...range, ...many]),
  filterOf("clock", clocks, [...equality, ...range, ...many]),
  filterOf("flag", [true, false], equality),
  filterOf("kind", kinds, [...equality, ...many]),
  filterOf("tags", tagValues, ["hasAny", "hasAll"]),
);

const { tree: someWhere } = fc.letrec<{ tree: Where }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("tree"), { maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie("tree"), { maxLength: 3 }).map((or) => ({ or })),
    tie("tree").map((not) => ({ not })),
    fc.tuple(leaf, leaf).map(([left, right]) => ({ ...left, ...right })),
  ),
}));

/** Enum values by their GraphQL names, big integers as texts. */
function forGraphql(where: Where): unknown {
  const names = enumValueNames(kinds);
  const operand = (field: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => operand(field, item));
    if (field === "kind" && typeof value === "string") return names.get(value);
    return typeof value === "bigint" ? value.toString() : value;
  };
  const entries = Object.entries(where).map(([field, value]) => {
    if (field === "not") return [field, forGraphql(value as Where)];
    if (field === "and" || field === "or") return [field, (value as Where[]).map(forGraphql)];
    const filter = Object.entries(value as object).map(([operator, item]) => [operator, operand(field, item)]);
    return [field, Object.fromEntries(filter)];
  });
  return Object.fromEntries(entries);
}
