import type { Batch, StreamColumn } from "@thoth/ingest/connector";
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

const newest = (by: string) => `qualify row_number() over (partition by t.id order by t.seen desc${by}) = 1`;
const latest = (select: string, least: string): Shape => ({
  sql: `${select} ${newest("")}`,
  means: `${select} ${newest(`, t.rowid desc, ${least}`)}`,
});

/** `parts` holds some parts many times; `worths` is a cleaned table that is kept up to date itself. */
const shapes: Readonly<Record<string, Shape>> = {
  inner_rows: { sql: "select t.id, t.seen, p.label from raw.things t join raw.parts p on t.part = p.part" },
  left_rows: {
    sql: "select things.*, label from raw.things left join raw.parts using (part) where label is null or worth > 1",
  },
  without_key: {
    sql: "select p.label, t.part as of_part, t.seen from raw.things t left join raw.parts p on t.part = p.part",
  },
  chained: {
    sql: `select t.id, p.label, w.name from raw.things t left join raw.parts p on t.part = p.part and p.weight > 1
      left join clean.worths w on w.worth = t.worth + coalesce(p.weight, 0)`,
  },
  by_size: {
    sql: "select t.id, t.worth, w.* exclude (worth) from raw.things as t join clean.worths as w on t.worth + 5 < w.worth",
  },
  newest_only: latest(
    "select t.*, w.name, p.label from raw.things t left join clean.worths w on w.worth = t.worth left join raw.parts p on p.part = t.part",
    "w.worth, w.name, p.part, p.label",
  ),
  newest_kept: latest(
    `select t.id, upper(t.part) as part, w.grade from raw.things t join clean.worths w using (worth)
      where t._deleted_at is null and w.grade <> 1`,
    "w.grade",
  ),
  grouped: {
    sql: `select t.part, count(*) as things, sum(w.grade) as grades, max(w.name) as name
      from raw.things t left join clean.worths w on t.worth = w.worth group by t.part`,
  },
};

const worths = `select worth, name, grade from raw.worth_rows where _deleted_at is null
qualify row_number() over (partition by worth order by seen desc) = 1`;

type Value = string | number | null;
type Row = readonly Value[];

type Step =
  | { readonly kind: "new" | "again" | "worths"; readonly rows: readonly Row[] }
  | { readonly kind: "present" | "known worths"; readonly ids: readonly number[] }
  | { readonly kind: "parts"; readonly edits: readonly Row[] }
  | { readonly kind: "tidy" };

const optional = (value: fc.Arbitrary<Value>) => fc.option(value, { freq: 9 });
const seen = optional(fc.integer({ min: 0, max: 3 }));
const part = optional(fc.constantFrom(..."abcdefgh"));
const worth = fc.integer({ min: 0, max: 9 });
const thing: fc.Arbitrary<Row> = fc.tuple(optional(fc.integer({ min: 0, max: 20 })), seen, part, optional(worth));
const partRow: fc.Arbitrary<Row> = fc.tuple(part, optional(fc.constantFrom("x", "y")), fc.integer({ min: 0, max: 3 }));
const worthRow: fc.Arbitrary<Row> = fc.tuple(
  worth,
  seen,
  fc.constantFrom("m", "n"),
  optional(fc.integer({ min: 0, max: 2 })),
);
const some = <T>(of: fc.Arbitrary<T>, maxLength: number) => fc.array(of, { minLength: 1, maxLength });
const subset = (size: number, minLength: number) => fc.subarray([...Array(size).keys()], { minLength });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("new" as const), rows: some(thing, 5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("again" as const), rows: some(thing, 3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("present" as const), ids: subset(21, 17) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("worths" as const), rows: some(worthRow, 2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("known worths" as const), ids: subset(10, 8) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("parts" as const), edits: some(partRow, 2) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "tidy" as const }) },
);

/** So that each joined table has changed at least once. */
const certain: readonly Step[] = [
  { kind: "worths", rows: [[4, 9, "o", 5]] },
  { kind: "parts", edits: [["b", "z", 0]] },
  { kind: "worths", rows: [[9, 9, "o", 5]] },
];

let landing: Awaited<ReturnType<typeof openLanding>>;

beforeAll(async () => {
  landing = await openLanding();
});

afterAll(() => landing[Symbol.asyncDispose]());

test("what joins other tables is followed on both sides, row for row", async () => {
  const taken = new Map<string, number>();
  const property = fc.asyncProperty(
    fc.record({
      things: fc.array(thing, { minLength: 40, maxLength: 45 }),
      parts: fc.array(partRow, { minLength: 8, maxLength: 10 }),
      worthRows: fc.array(worthRow, { minLength: 12, maxLength: 16 }),
      steps: fc.array(step, { minLength: 4, maxLength: 7 }),
    }),
    (world) => follow(world, taken),
  );
  const isOften = (name: string) => (taken.get(name) ?? 0) > 5 && (taken.get(`${name} by what it joins`) ?? 0) > 0;
  // Three worlds, and more where chance has left a table to be computed in full too often.
  for (let worlds = 0; worlds < 3 || (worlds < 30 && !Object.keys(shapes).every(isOften)); worlds += 1)
    await fc.assert(property, { numRuns: 1, endOnFailure: true });
  for (const name of Object.keys(shapes)) {
    expect(taken.get(name), name).toBeGreaterThan(5);
    expect(taken.get(`${name} by what it joins`), name).toBeGreaterThan(0);
  }
});

interface World {
  readonly things: readonly Row[];
  readonly parts: readonly Row[];
  readonly worthRows: readonly Row[];
  readonly steps: readonly Step[];
}

/** Lands one step after the other and holds every cleaned table against its whole query. */
async function follow(
  { things, parts: firstParts, worthRows, steps }: World,
  taken: Map<string, number>,
): Promise<void> {
  const { engine } = landing;
  for (const schema of ["raw", "mesh"]) await engine.run(`drop schema ${schema} cascade; create schema ${schema}`);
  const queries = { worths, ...Object.fromEntries(Object.entries(shapes).map(([name, { sql }]) => [name, sql])) };
  const home = await openCleanHome(
    engine,
    columnsOf({ id: "INTEGER", seen: "INTEGER", part: "VARCHAR", worth: "INTEGER" }, true),
    queries,
    [
      { name: "parts", columns: columnsOf({ part: "VARCHAR", label: "VARCHAR", weight: "INTEGER" }) },
      {
        name: "worth_rows",
        columns: columnsOf({ worth: "INTEGER", seen: "INTEGER", name: "VARCHAR", grade: "INTEGER" }, true),
      },
    ],
  );
  let parts = firstParts;
  const land = async (step: Step, runId: string) => {
    if (step.kind === "tidy") return engine.checkpoint();
    if (step.kind === "parts") {
      parts = edited(parts, step.edits);
      await home.land({ ...batchOf(parts), replaces: "all" }, runId, "parts");
    } else if (step.kind === "present") await home.land(presentOf("things", "id", step.ids), runId);
    else if (step.kind === "known worths")
      await home.land(presentOf("worth_rows", "worth", step.ids), runId, "worth_rows");
    else if (step.kind === "worths") await home.land(batchOf(step.rows.map(unmarked)), runId, "worth_rows");
    else if (step.kind === "new" || step.kind === "again") await home.land(thingsOf(step), runId);
  };
  await land({ kind: "parts", edits: [] }, "parts");
  await land({ kind: "worths", rows: worthRows }, "worths");
  for (const [index, step] of [{ kind: "new" as const, rows: things }, ...steps, ...certain].entries()) {
    const runId = `run ${index}`;
    await land(step, runId);
    await home.compute("worths", `worths of ${runId}`);
    for (const [table, { sql, means = sql }] of Object.entries(shapes)) {
      const before = index === 0 ? 0 : await count(table);
      const { how, changes, rowCount } = await home.compute(table, runId);
      expect(await difference(engine, `clean.${table}`, means), `${table} after ${step.kind}: ${how}`).toEqual([]);
      if (index > 0) expect(rowCount).toBe(before + changes.inserted - changes.deleted);
      expect(rowCount).toBe(await count(table));
      if (!how.startsWith("from ") || step.kind === "tidy") continue;
      const by = / changed of /.test(how) ? `${table} by what it joins` : table;
      taken.set(by, (taken.get(by) ?? 0) + 1);
      if (by !== table) expect(["parts", "worths", "known worths"]).toContain(step.kind);
    }
  }
}

async function count(table: string): Promise<number> {
  return Number((await landing.query(`select count(*) as n from clean.${table}`))[0]?.n);
}

function columnsOf(types: Readonly<Record<string, string>>, marked = false): StreamColumn[] {
  const columns = Object.entries(types).map(([name, type]) => ({ name, type }));
  return marked ? [...columns, deletedAt] : columns;
}

/** Each edit takes a row away, puts one there, or does both. */
function edited(parts: readonly Row[], edits: readonly Row[]): readonly Row[] {
  return edits.reduce<readonly Row[]>((now, edit, index) => {
    const [, , weight] = edit as [Value, Value, number];
    const kept = weight === 0 ? now : now.filter((_, place) => place !== (weight + index) % now.length);
    return weight === 1 && kept.length > 4 ? kept : [...kept, edit];
  }, parts);
}

const unmarked = (row: Row): Row => [...row, null];

function batchOf(rows: readonly Row[], source = "some"): Batch {
  return { bytes: 0, checkpoint: {}, replaces: "new", data: { kind: "rows", source, rows } };
}

function thingsOf({ kind, rows }: { readonly kind: Step["kind"]; readonly rows: readonly Row[] }): Batch {
  // What comes again replaces little, so that the rows of the next step are never most of all.
  const source = rows.length > 20 ? "first" : `${rows.length % 3}`;
  const batch = batchOf(rows.map(unmarked), source);
  return kind === "new" ? batch : { ...batch, replaces: { sources: [source] } };
}

function presentOf(table: string, column: string, ids: readonly number[]): Batch {
  const explain = (failure: unknown) => failure;
  const sql = `select * from (values ${ids.map((id) => `(${id})`).join(", ")}) as held (${column})`;
  const data = { kind: "relation" as const, sql: `select * from raw.${table} limit 0`, explain };
  return {
    bytes: 0,
    checkpoint: {},
    replaces: "new",
    data,
    present: { column, keys: { kind: "relation", sql, explain } },
  };
}
