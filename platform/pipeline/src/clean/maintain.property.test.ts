import type { Batch } from "@thoth/ingest/connector";
import { deletedAt } from "@thoth/ingest/mark-deleted";
import { openLanding } from "@thoth/testing/landing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TableState } from "../table-states.ts";
import { difference, openCleanHome } from "./fixtures/clean-home.ts";
import { deletionMark } from "./raw-position.ts";

interface Shape {
  readonly sql: string;
  /** What it must yield, written so that no two rows are equal in any order; the query itself unless given. */
  readonly means?: string;
  /** Whether rows that were marked as deleted can be followed without computing everything. */
  readonly followsMarks?: boolean;
}

const newest = (order: string) => `row_number() over (partition by id order by ${order})`;
const latest = (order: string, where = "true") => ({
  sql: `select id, seen, part, worth from raw.things where ${where} qualify ${newest(order)} = 1`,
  means: `select id, seen, part, worth from raw.things where ${where} qualify ${newest(`${order}, rowid desc`)} = 1`,
  followsMarks: true,
});

const shapes: Readonly<Record<string, Shape>> = {
  every: { sql: "select id, upper(part) as part, worth * 2 as twice from raw.things" },
  some: { sql: "select *, id is null as nameless from raw.things where worth > 2 and part is not null" },
  copies: { sql: "select distinct part, worth as value from raw.things" },
  newest: latest("seen desc nulls last"),
  filtered_before: latest("seen desc", "worth > 1 and _deleted_at is null"),
  first: latest("seen, worth desc"),
  unordered: latest("1"),
  filtered_after: {
    sql: `select id as thing, * exclude (id, _run_id) from raw.things qualify ${newest("seen desc nulls first")} = 1 and worth > 2`,
    means: `select id as thing, * exclude (id, _run_id) from raw.things qualify ${newest("seen desc nulls first, rowid desc")} = 1 and worth > 2`,
    followsMarks: true,
  },
  by_alias: {
    sql: `select coalesce(part, '-') as name, id, seen from raw.things where id is not null
      qualify row_number() over (partition by name, things.id order by seen desc) = 1`,
    means: `select coalesce(part, '-') as name, id, seen from raw.things where id is not null
      qualify row_number() over (partition by name, id order by seen desc, rowid desc) = 1`,
    followsMarks: true,
  },
  distinct_on: {
    sql: "select distinct on (id) id, part, worth from raw.things as thing order by thing.seen desc",
    means: "select distinct on (id) id, part, worth from raw.things order by seen desc, rowid desc",
    followsMarks: true,
  },
  grouped: {
    sql: `select part, count(*) as things, sum(worth) as worth, min(seen) as first_at, count(distinct id) as ids
      from raw.things where _deleted_at is null group by part having count(*) <> 2`,
    followsMarks: true,
  },
  grouped_by_all: {
    sql: "select part, id % 3 as third, max(seen) as seen, count(*) as things from raw.things where worth > 0 group by all",
    followsMarks: true,
  },
};

type Row = readonly [id: number | null, seen: number | null, part: string | null, worth: number];

type Step =
  | { readonly kind: "new"; readonly rows: readonly Row[] }
  | { readonly kind: "again"; readonly rows: readonly Row[] }
  | { readonly kind: "present"; readonly ids: readonly number[] }
  | { readonly kind: "tidy" };

const id = fc.option(fc.integer({ min: 0, max: 12 }), { freq: 8 });
const row: fc.Arbitrary<Row> = fc.tuple(
  id,
  fc.option(fc.integer({ min: 0, max: 4 }), { freq: 5 }) as fc.Arbitrary<number | null>,
  fc.option(fc.constantFrom("a", "b", "c"), { freq: 5 }) as fc.Arbitrary<string | null>,
  fc.integer({ min: 0, max: 5 }),
);
const rows = (maxLength: number) => fc.array(row, { minLength: 1, maxLength });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("new" as const), rows: rows(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("again" as const), rows: rows(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("present" as const),
      ids: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], { minLength: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("tidy" as const) }) },
);

let landing: Awaited<ReturnType<typeof openLanding>>;

beforeAll(async () => {
  landing = await openLanding();
});

afterAll(() => landing[Symbol.asyncDispose]());

test("from new rows comes what the whole query would give, row for row", async () => {
  const taken = new Map<string, number>();
  const property = fc.asyncProperty(
    fc.array(row, { minLength: 25, maxLength: 30 }),
    fc.array(step, { minLength: 3, maxLength: 6 }),
    (first, steps) => follow([{ kind: "new", rows: first }, ...steps], taken),
  );
  const isOften = (name: string) => (taken.get(name) ?? 0) > 5;
  // Six worlds, and more where chance has left a table to be computed in full too often.
  for (let worlds = 0; worlds < 6 || (worlds < 60 && !Object.keys(shapes).every(isOften)); worlds += 1)
    await fc.assert(property, { numRuns: 1, endOnFailure: true });
  for (const name of Object.keys(shapes)) expect(taken.get(name), name).toBeGreaterThan(5);
});

/** Lands one step after the other and holds every cleaned table against its whole query. */
async function follow(steps: readonly Step[], taken: Map<string, number>): Promise<void> {
  const { engine } = landing;
  await engine.run("drop schema raw cascade; create schema raw; drop schema mesh cascade; create schema mesh");
  const queries = Object.fromEntries(Object.entries(shapes).map(([table, { sql }]) => [table, sql]));
  const home = await openCleanHome(engine, columns, queries);
  const versions = new Map<string, TableState>();
  for (const [index, step] of steps.entries()) {
    const runId = `run ${index}`;
    if (step.kind === "tidy") await engine.checkpoint();
    const gone = step.kind === "tidy" ? 0 : await home.land(batchOf(step), runId);
    for (const [table, { sql, means = sql, followsMarks = false }] of Object.entries(shapes)) {
      const { how, changes, rowCount, version } = await home.compute(table, runId);
      expect(await difference(engine, `clean.${table}`, means), `${table}: ${how}`).toEqual([]);
      const isMaintained = how.startsWith("from ");
      if (isMaintained && step.kind !== "tidy") taken.set(table, (taken.get(table) ?? 0) + 1);
      if (index > 0 && step.kind === "new") expect(how).toMatch(/^from /);
      if (step.kind === "present" && isMaintained && gone > 0) expect(followsMarks).toBe(true);
      const before = versions.get(table);
      expect(rowCount).toBe((before?.rowCount ?? 0) + changes.inserted - changes.deleted);
      const isSame = changes.inserted + changes.updated + changes.deleted === 0;
      if (isSame && before !== undefined) expect(version).toBe(before.version);
      versions.set(table, { fingerprint: runId, rowCount, version });
    }
  }
}

const types = { id: "INTEGER", seen: "INTEGER", part: "VARCHAR", worth: "INTEGER" };
const columns = [...Object.entries(types).map(([name, type]) => ({ name, type })), deletedAt];

function batchOf(step: Exclude<Step, { kind: "tidy" }>): Batch {
  const about = { bytes: 0, checkpoint: {} };
  if (step.kind === "present") {
    const values = step.ids.map((known) => `(${known})`).join(", ");
    const explain = (failure: unknown) => failure;
    const keys = { kind: "relation" as const, sql: `select * from (values ${values}) as held (id)`, explain };
    const data = { kind: "relation" as const, sql: "select * from raw.things limit 0", explain };
    return { ...about, data, replaces: "new", present: { column: "id", keys } };
  }
  // What comes again replaces little, so that the rows of the next step are never most of all.
  const source = step.rows.length > 20 ? "first" : `${step.rows.length % 3}`;
  const data = { kind: "rows" as const, source, rows: step.rows.map((values) => [...values, null]) };
  return { ...about, data, replaces: step.kind === "new" ? "new" : { sources: [source] } };
}

test("the mark of deleted rows is called as sources call it", () => {
  expect(deletionMark).toBe(deletedAt.name);
});
