import type { Batch } from "@thoth/ingest/connector";
import { deletedAt } from "@thoth/ingest/mark-deleted";
import { openLanding } from "@thoth/testing/landing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { difference, openCleanHome } from "./fixtures/clean-home.ts";

interface Shape {
  readonly sql: string;
  /** What it must yield, written so that no two rows are equal in any order; the query itself unless given. */
  readonly means?: string;
}

const first = (key: string, by: string) => `qualify row_number() over (partition by ${key} order by ${by}) = 1`;
const least = (...columns: string[]) => columns.map((column) => `${column} nulls last`).join(", ");

/** Each reads tables before it: `newest` and `worths` raw ones, all others cleaned ones. */
const shapes: Readonly<Record<string, Shape>> = {
  worths: {
    sql: `select worth, name, grade from raw.worth_rows where _deleted_at is null ${first("worth", "seen desc")}`,
    means: `select worth, name, grade from raw.worth_rows where _deleted_at is null ${first("worth", "seen desc, rowid desc")}`,
  },
  newest: {
    sql: `select id, seen, part, worth from raw.things where _deleted_at is null ${first("id", "seen desc")}`,
    means: `select id, seen, part, worth from raw.things where _deleted_at is null ${first("id", "seen desc, rowid desc")}`,
  },
  plain: { sql: "select id, part, worth * 2 as twice from clean.newest where worth > 1 or part = 'a'" },
  copies: { sql: "select n.part from clean.newest as n where seen is not null" },
  joined: { sql: "select n.id, n.worth, w.name from clean.newest n join clean.worths w on w.worth = n.worth" },
  starred: { sql: "select newest.*, w.name from clean.newest left join clean.worths w using (worth)" },
  grouped: {
    sql: "select part, count(*) as things, sum(worth) as worth, max(seen) as seen from clean.newest group by part having count(*) > 1",
  },
  first_of_part: {
    sql: `select part, id, seen from clean.newest ${first("part", "seen desc")}`,
    means: `select part, id, seen from clean.newest ${first("part", `seen desc, ${least("id", "seen", "part", "worth")}`)}`,
  },
  first_named: {
    sql: `select distinct on (n.part) n.part, w.name, n.id from clean.newest n left join clean.worths w on w.worth >= n.worth order by n.seen`,
    means: `select n.part, w.name, n.id from clean.newest n left join clean.worths w on w.worth >= n.worth
      ${first("n.part", `n.seen, ${least("n.id", "n.seen", "n.part", "n.worth", "w.worth", "w.name")}`)}`,
  },
  wide: { sql: "select w.worth, w.name, n.id from clean.worths w left join clean.newest n on n.worth = w.worth" },
  raw_wide: {
    sql: "select r.worth, n.id, g.things from raw.worth_rows r join clean.newest n using (worth) left join clean.grouped g on g.part = n.part",
  },
  named: { sql: "select name, count(*) as things from clean.joined group by name" },
  many: { sql: "select * from clean.grouped where things > 1" },
  thirds: {
    sql: "select s.id, s.name, g.things, m.worth from clean.starred s left join clean.grouped g using (part) left join clean.many m on m.part = s.part",
  },
};
const tables = Object.keys(shapes);
const chained = tables.filter((table) => !["worths", "newest", "raw_wide"].includes(table));

type Value = string | number | null;
type Row = readonly Value[];

interface Step {
  readonly kind: "new" | "again" | "worths" | "present" | "known worths" | "tidy";
  readonly rows: readonly Row[];
  readonly ids: readonly number[];
  /** So many tables are computed before the run dies; the next one goes on with all of them. */
  readonly computed: number;
}

const optional = (value: fc.Arbitrary<Value>) => fc.option(value, { freq: 9 });
const seen = optional(fc.integer({ min: 0, max: 3 }));
const part = optional(fc.constantFrom(..."abcdefgh"));
const worth = fc.integer({ min: 0, max: 9 });
const thing: fc.Arbitrary<Row> = fc.tuple(optional(fc.integer({ min: 0, max: 30 })), seen, part, optional(worth));
const worthRow: fc.Arbitrary<Row> = fc.tuple(worth, seen, fc.constantFrom("m", "n"), fc.integer({ min: 0, max: 2 }));
const computed = fc.oneof(
  { weight: 2, arbitrary: fc.constant(tables.length) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: tables.length }) },
);
const stepOf = (kind: Step["kind"], row: fc.Arbitrary<Row> | undefined, most: number, size = 0) =>
  fc.record<Step>({
    kind: fc.constant(kind),
    rows: row === undefined ? fc.constant([]) : fc.array(row, { minLength: 1, maxLength: most }),
    ids: fc.subarray([...Array(size).keys()], { minLength: Math.max(0, size - 3) }),
    computed,
  });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: stepOf("new", thing, 4) },
  { weight: 1, arbitrary: stepOf("again", thing, 3) },
  { weight: 3, arbitrary: stepOf("present", undefined, 0, 31) },
  { weight: 3, arbitrary: stepOf("worths", worthRow, 2) },
  { weight: 1, arbitrary: stepOf("known worths", undefined, 0, 10) },
  { weight: 1, arbitrary: stepOf("tidy", undefined, 0) },
);

/** Rows that no random one is a version of, */
const certainThings: readonly Row[] = [
  [31, 0, "a", 2],
  [32, 0, "b", 2],
  [33, 0, "a", 3],
];
const certainWorths: readonly Row[] = [
  [2, 8, "u", 0],
  [3, 8, "v", 0],
];
/** so that each table sees one change for certain, two of which come before a run that goes through; and one goes. */
const certain: readonly Step[] = [
  { kind: "new", rows: [[31, 9, "a", 3]], ids: [], computed: tables.length },
  { kind: "new", rows: [[32, 9, "b", 3]], ids: [], computed: 3 },
  { kind: "worths", rows: [[2, 9, "o", 5]], ids: [], computed: 6 },
  { kind: "present", rows: [], ids: [...Array(33).keys()], computed: tables.length },
];

let landing: Awaited<ReturnType<typeof openLanding>>;

beforeAll(async () => {
  landing = await openLanding();
});

afterAll(() => landing[Symbol.asyncDispose]());

test("what cleaned tables drive is followed as they change, row for row, also when runs die between tables", async () => {
  const taken = new Map<string, number>();
  const property = fc.asyncProperty(
    fc.record({
      things: fc.array(thing, { minLength: 60, maxLength: 70 }),
      worthRows: fc.array(worthRow, { minLength: 12, maxLength: 16 }),
      steps: fc.array(step, { minLength: 4, maxLength: 7 }),
    }),
    (world) => follow(world, taken),
  );
  const ways = [...chained, "wide by newest", "raw_wide by newest"];
  // Two worlds, and more where chance has left a way to be followed untried.
  for (let worlds = 0; worlds < 2 || (worlds < 20 && !ways.every((way) => taken.has(way))); worlds += 1)
    await fc.assert(property, { numRuns: 1, endOnFailure: true });
  for (const way of ways) expect(taken.get(way), way).toBeGreaterThan(0);
});

interface World {
  readonly things: readonly Row[];
  readonly worthRows: readonly Row[];
  readonly steps: readonly Step[];
}

/** Lands one step after the other and holds every cleaned table against its whole query. */
async function follow({ things, worthRows, steps }: World, taken: Map<string, number>): Promise<void> {
  const { engine } = landing;
  for (const schema of ["raw", "mesh", "clean"])
    await engine.run(`drop schema if exists ${schema} cascade; create schema ${schema}`);
  const queries = Object.fromEntries(Object.entries(shapes).map(([name, { sql }]) => [name, sql]));
  const home = await openCleanHome(
    engine,
    marked({ id: "INTEGER", seen: "INTEGER", part: "VARCHAR", worth: "INTEGER" }),
    queries,
    [{ name: "worth_rows", columns: marked({ worth: "INTEGER", seen: "INTEGER", name: "VARCHAR", grade: "INTEGER" }) }],
  );
  await home.land(batchOf([...certainWorths, ...worthRows]), "worths", "worth_rows");
  const rows = [...certainThings, ...things];
  const all = [{ kind: "new" as const, rows, ids: [], computed: tables.length }, ...certain, ...steps];
  for (const [index, { computed, ...landed }] of all.entries()) {
    await land(landed, `run ${index}`);
    for (const table of tables.slice(0, computed)) {
      const before = index === 0 ? 0 : await count(table);
      const { how, changes, rowCount } = await home.compute(table, `run ${index}`);
      expect(rowCount).toBe(before + changes.inserted - changes.deleted);
      const ways = [
        /^from [1-9]\d* changed of /.test(how) && table,
        / changed of clean\.newest/.test(how) && `${table} by newest`,
      ];
      for (const way of ways) if (way) taken.set(way, (taken.get(way) ?? 0) + 1);
      const { sql, means = sql } = shapes[table] as Shape;
      expect(await difference(engine, `clean.${table}`, means), `${table} after ${landed.kind}: ${how}`).toEqual([]);
      expect(rowCount).toBe(await count(table));
    }
  }

  async function land({ kind, rows, ids }: Omit<Step, "computed">, runId: string): Promise<unknown> {
    if (kind === "tidy") return engine.checkpoint();
    if (kind === "present") return home.land(presentOf("things", "id", ids), runId);
    if (kind === "known worths") return home.land(presentOf("worth_rows", "worth", ids), runId, "worth_rows");
    if (kind === "worths") return home.land(batchOf(rows), runId, "worth_rows");
    const batch = batchOf(rows, rows.length > 20 ? "first" : `${rows.length % 3}`);
    const sources = [`${rows.length % 3}`];
    return home.land(kind === "new" ? batch : { ...batch, replaces: { sources } }, runId);
  }
}

async function count(table: string): Promise<number> {
  return Number((await landing.query(`select count(*) as n from clean.${table}`))[0]?.n);
}

function marked(types: Readonly<Record<string, string>>) {
  return [...Object.entries(types).map(([name, type]) => ({ name, type })), deletedAt];
}

function batchOf(rows: readonly Row[], source = "some"): Batch {
  const data = { kind: "rows", source, rows: rows.map((row) => [...row, null]) } as const;
  return { bytes: 0, checkpoint: {}, replaces: "new", data };
}

function presentOf(table: string, column: string, ids: readonly number[]): Batch {
  const explain = (failure: unknown) => failure;
  const sql = `select * from (values ${ids.map((id) => `(${id})`).join(", ")}) as held (${column})`;
  const data = { kind: "relation" as const, sql: `select * from raw.${table} limit 0`, explain };
  const keys = { kind: "relation", sql, explain } as const;
  return { bytes: 0, checkpoint: {}, replaces: "new", data, present: { column, keys } };
}
