import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { columnType } from "./column-type.ts";
import { decodeCursor, encodeCursor, orderFingerprint } from "./cursor.ts";
import { ask, contextFor } from "./fixtures/campus.ts";
import type { TestEngine } from "./fixtures/engine.ts";
import { order } from "./fixtures/evaluate.ts";
import { blank, loadReadings, openLab, type Reading, readings, shown, someReadings } from "./fixtures/readings.ts";
import type { OrderTerm } from "./query-plan.ts";

const lab = readings();
let engine: TestEngine;

beforeAll(async () => {
  engine = await openLab();
});
afterAll(async () => engine[Symbol.asyncDispose]());

const page = `query ($orderBy: [ReadingOrderBy!], $first: Int, $after: String, $where: ReadingWhere) {
  readings(orderBy: $orderBy, first: $first, after: $after, where: $where) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}`;

type Direction = "ASC" | "DESC";
type Order = readonly Partial<Record<keyof Reading, Direction>>[];

/** Walks all pages; gives the ids in the order they came. */
async function walk(orderBy: Order, first: number, total: number): Promise<number[]> {
  const ids: number[] = [];
  let after: string | null = null;
  for (;;) {
    const { data, errors } = await ask(lab, contextFor(engine), page, { orderBy, first, after });
    expect(errors).toBeUndefined();
    const { edges, pageInfo, totalCount } = data.readings;
    expect(totalCount).toBe(total);
    expect(pageInfo.hasPreviousPage).toBe(after !== null);
    expect(pageInfo.startCursor).toBe(edges.at(0)?.cursor ?? null);
    expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null);
    ids.push(...edges.map((edge: { node: { id: number } }) => edge.node.id));
    expect(edges.length).toBeGreaterThan(0);
    if (!pageInfo.hasNextPage) return ids;
    expect(edges).toHaveLength(first);
    after = pageInfo.endCursor;
  }
}

/** Nulls last in both directions; the key settles the rest. */
function sorted(rows: readonly Reading[], orderBy: Order): number[] {
  const terms = [...orderBy, { id: "ASC" as const }].flatMap((entry) => Object.entries(entry)) as [
    keyof Reading,
    Direction,
  ][];
  const compare = (left: Reading, right: Reading): number => {
    for (const [column, direction] of terms) {
      const [a, b] = [left[column], right[column]];
      const way = direction === "ASC" ? 1 : -1;
      const result = a === null || b === null ? Number(a === null) - Number(b === null) : way * order(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };
  return rows
    .map(shown)
    .toSorted(compare)
    .map(({ id }) => id);
}

const sortable = [
  "label",
  "number",
  "big",
  "price",
  "level",
  "day",
  "at",
  "local",
  "clock",
  "flag",
  "kind",
  "id",
] as const;
const someOrder: fc.Arbitrary<Order> = fc.array(
  fc
    .tuple(fc.constantFrom(...sortable), fc.constantFrom<Direction>("ASC", "DESC"))
    .map(([column, direction]) => ({ [column]: direction })),
  { maxLength: 3 },
);

test("pages of any size, in any order, visit every row exactly once and in order", async () => {
  const property = fc.asyncProperty(
    someReadings,
    someOrder,
    fc.integer({ min: 1, max: 6 }),
    async (rows, orderBy, first) => {
      await loadReadings(engine, rows);
      expect(await walk(orderBy, first, rows.length)).toEqual(sorted(rows, orderBy));
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

test("moments that differ by a microsecond are told apart", async () => {
  await loadReadings(engine, [
    { ...blank, id: 1, at: "2026-03-01T10:00:00.123457Z" },
    { ...blank, id: 2, at: "2026-03-01T10:00:00.123456Z" },
    { ...blank, id: 3, at: "2026-03-01T10:00:00.123458Z" },
  ]);
  expect(await walk([{ at: "ASC" }], 1, 3)).toEqual([2, 1, 3]);
});

async function pageError(variables: object) {
  const { data, errors } = await ask(lab, contextFor(engine), page, variables as Record<string, unknown>);
  expect(data.readings).toBeNull();
  return errors?.[0]?.extensions;
}

async function firstCursor(orderBy: Order): Promise<string> {
  await loadReadings(engine, [
    { ...blank, id: 1, label: "a" },
    { ...blank, id: 2, label: "b" },
  ]);
  const { data } = await ask(lab, contextFor(engine), page, { orderBy, first: 1 });
  return data.readings.pageInfo.endCursor;
}

test("a cursor of another order is refused", async () => {
  const cursor = await firstCursor([{ label: "ASC" }]);
  expect(await pageError({ orderBy: [{ label: "DESC" }], after: cursor })).toMatchObject({
    code: "subgraph/cursor-other-order",
    hint: expect.stringContaining("orderBy"),
  });
});

test("a cursor that was changed is refused, whatever character was changed", async () => {
  const cursor = await firstCursor([{ label: "ASC" }]);
  const bytes = Buffer.from(cursor, "base64url");
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const error = await pageError({ orderBy: [{ label: "ASC" }], after: changed.toString("base64url") });
    expect(String(error?.code)).toMatch(/^subgraph\/cursor-/);
  }
});

test.each(["", "x", "bnVsbA", "W10", "eyJhIjoxfQ", "💥", "A".repeat(200_000)])(
  "the cursor %.20s is refused",
  async (after) => {
    const asked = engine.statements.length;
    expect(await pageError({ after })).toMatchObject({ code: "subgraph/cursor-invalid", domain: "lab" });
    expect(engine.statements).toHaveLength(asked);
  },
);

test.each([
  ["INTEGER", "1 or 1=1"],
  ["INTEGER", "99999999999"],
  ["BIGINT", "1e5"],
  ["DECIMAL(9,2)", "1.234"],
  ["DOUBLE", "nan"],
  ["DATE", "2026-02-30"],
  ["DATE", "2026-02-03 (BC) x"],
  ["TIMESTAMP WITH TIME ZONE", "2026-02-03 25:00:00+00"],
  ["TIMESTAMP WITH TIME ZONE", "2026-02-03 10:00:00"],
  ["TIMESTAMP", "now()"],
  ["TIME", "9:00"],
  ["BOOLEAN", "yes"],
])("a forged cursor whose checksum fits is refused when %s cannot be %s", (sqlType, text) => {
  const terms: OrderTerm[] = [{ column: "c", sqlType, direction: "ASC" }];
  const fingerprint = orderFingerprint("lab/readings", terms);
  const forged = encodeCursor(fingerprint, [text]);
  const types = [columnType({ sqlType })];
  expect(() => decodeCursor(forged, { field: "readings", fingerprint, types })).toThrow("do not fit");
});

test("what the engine writes for a value is accepted back", async () => {
  const texts = await engine.query(`select [
    (-170141183460469231731687303715884105728)::hugeint::varchar, (-0.10)::decimal(9,2)::varchar, 1e-300::double::varchar, (1/3)::float::varchar,
    date '0044-03-15 (BC)'::varchar, timestamptz '-infinity'::varchar, timestamptz '12026-03-01 10:00:00.5+00'::varchar, time '10:00:00.000001'::varchar, false::varchar] as texts`);
  const types = [
    "HUGEINT",
    "DECIMAL(9,2)",
    "DOUBLE",
    "FLOAT",
    "DATE",
    "TIMESTAMPTZ",
    "TIMESTAMPTZ",
    "TIME",
    "BOOLEAN",
  ].map((sqlType) => columnType({ sqlType }));
  const place = texts[0]?.texts as string[];
  expect(decodeCursor(encodeCursor("f", place), { field: "x", fingerprint: "f", types })).toEqual(place);
});

test("hostile text in a cursor is only ever a value", async () => {
  const hostile = "'); drop table lab.product.readings; --";
  await loadReadings(engine, [
    { ...blank, id: 1, label: hostile },
    { ...blank, id: 2, label: `${hostile}b` },
  ]);
  expect(await walk([{ label: "ASC" }], 1, 2)).toEqual([1, 2]);
  expect(engine.statements.every(({ sql }) => !sql.includes("drop"))).toBe(true);
});
