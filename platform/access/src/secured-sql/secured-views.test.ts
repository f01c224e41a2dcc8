import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { ProductModel } from "@thoth/contract/product-model";
import { connectEngine, openEngine } from "@thoth/warehouse/open-engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decision } from "./fixtures/library.ts";
import { SecuredViews, viewSelect } from "./secured-views.ts";
import type { SqlConnection } from "./sql-connection.ts";
import { openSqlEngine, tellingOptimizers } from "./sql-engine.ts";

/** Where the engine computes what stands around a view: in its plans, and in the errors and the time that it costs. */

const resources = new AsyncDisposableStack();
let connection: DuckDBConnection;

beforeAll(async () => {
  const instance = await openEngine({ threads: 1 });
  resources.defer(() => instance.closeSync());
  connection = await connectEngine(instance);
  resources.defer(() => connection.closeSync());
  await connection.run("attach ':memory:' as library; create schema library.product");
  await connection.run(`create table library.product.loans as
    select i as id, 'u' || (i % 3) as unit, case when i % 3 = 1 then i::varchar else 'hidden' end as note,
      's' || (i % 9) as person from range(3000) r(i)`);
  await connection.run("create table other as select i as id, i::varchar as note from range(50) r(i)");
  for (const [name, select] of Object.entries(views)) await connection.run(`create view ${name} as ${select}`);
});
afterAll(() => resources.disposeAsync());

const columns = ["id", "unit", "note"].map((name) => ({ name, sqlType: name === "id" ? "BIGINT" : "VARCHAR" }));
const model = {
  id: "library/loans",
  catalogName: "library",
  tableName: "loans",
  key: ["id"],
} as unknown as ProductModel;
const all = { id: "clear", unit: "clear", note: "clear", person: "denied" } as const;
const byUnit = decision(all, { rowFilter: "lower(\"unit\") IN ('u1')" });
const grouped = decision(
  { ...all, id: "aggregated" },
  {
    minGroupSize: 2,
    grouping: { subject: "person", dimensions: ["unit", "note"], types: { unit: "VARCHAR", note: "VARCHAR" } },
  },
);
const views = {
  by_unit: viewSelect(model, byUnit, columns),
  grouped: viewSelect(model, grouped, columns),
  unguarded: `select id, unit, note from library.product.loans where ${byUnit.rowFilter}`,
  barrier_alone: `select id, unit, note from library.product.loans where ${byUnit.rowFilter} offset 0`,
};

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info: Readonly<Record<string, unknown>>;
}

async function planOf(sql: string): Promise<PlanNode> {
  const result = await connection.runAndReadAll(`explain (format json) ${sql}`);
  const [plan] = JSON.parse(String(result.getRows()[0]?.[1])) as PlanNode[];
  if (plan === undefined) throw new Error("there is a plan");
  return plan;
}

/** Whether a word stands below the limit that a guarded view ends with. */
function standsWithin({ name, children, extra_info: info }: PlanNode, word: string, within = false): boolean {
  if (within && JSON.stringify(info).includes(word)) return true;
  return children.some((child) => standsWithin(child, word, within || name.includes("LIMIT")));
}

/** Computes with what is read, under a name that is found again in the plan. */
const probe = "levenshtein(note, 'probe') + id > 0";

const statements = (view: string) => [
  `select id from ${view} where ${probe}`,
  `select id from ${view} where note like '%probe%'`,
  `select id from ${view} where note > 'probe'`,
  `select id from ${view} where id >= 0 and ${probe}`,
  `select id, levenshtein(note, 'probe') from ${view} order by 2 desc`,
  `select count(*) from ${view} join other o on o.note = ${view}.note and levenshtein(${view}.note, 'probe') > o.id`,
  `select levenshtein(note, 'probe') as x, count(*) from ${view} group by x having x > 0`,
  `select * from (select id, levenshtein(note, 'probe') as x from ${view}) where x > 3`,
  `select max(levenshtein(note, 'probe')) over (partition by unit) from ${view}`,
  `select id from ${view} where id in (select id from other) and ${probe}`,
  `select id from ${view} v where exists (select 1 from other o where o.id = v.id and levenshtein(v.note, 'probe') > 0)`,
  `select id from ${view} union all select id from ${view} where ${probe}`,
  `with v as materialized (from ${view}) select id from v where ${probe}`,
  `select distinct levenshtein(note, 'probe') from ${view}`,
];

describe.each(["by_unit", "grouped"])("around %s, whose rows are hidden in part", (view) => {
  test.each(statements(view))("%s", async (sql) => {
    const plan = await planOf(sql);
    expect(JSON.stringify(plan)).toContain("probe");
    expect(standsWithin(plan, view === "by_unit" ? "unit" : "person")).toBe(true);
    expect(standsWithin(plan, "probe")).toBe(false);
  });
});

test("without the barrier the engine would compute it beside the rows' own condition", async () => {
  const isMixed = ({ children, extra_info: info }: PlanNode): boolean =>
    /lower.*probe/.test(JSON.stringify(info)) || children.some(isMixed);
  expect(isMixed(await planOf("select id from unguarded where note like '%probe%'"))).toBe(true);
});

describe("what cannot be, by the values of hidden rows", () => {
  // id goes to 2998 in what is seen, and to 2999 in what is hidden
  const impossible = ["id > 2999", "id < 0", "note is null"];
  const folded = async (view: string) => {
    const plans = impossible.map((condition) => planOf(`select id from ${view} where ${condition}`));
    return (await Promise.all(plans)).filter((plan) => JSON.stringify(plan).includes("EMPTY_RESULT")).length;
  };

  test("is not answered without looking, by an engine that may use what it knows", async () => {
    expect(await folded("by_unit")).toBe(0);
    expect(await folded("grouped")).toBe(0);
    expect(await folded("barrier_alone")).toBeGreaterThan(0);
  });

  test("nor by one that may not, even where it could tell them", async () => {
    await connection.run(`set disabled_optimizers = '${tellingOptimizers}'`);
    expect(await folded("barrier_alone")).toBe(0);
    await connection.run("reset disabled_optimizers");
  });

  test("the engine of typed statements does without", async () => {
    await using dir = await mkdtempDisposable(join(tmpdir(), "sql-engine-"));
    await using engine = await openSqlEngine({
      snapshotDir: dir.path,
      catalogs: [],
      maskKey: "a key for tests",
      limits: { memory: "100MB", spill: "1GB", threads: 1, connections: 1, maxWaiting: 1, maxWaitMs: 60_000 },
    });
    const names = ["disabled_optimizers", "enable_external_access", "lock_configuration", "temp_directory"];
    const sql = `select ${names.map((name) => `current_setting('${name}')::varchar as ${name}`).join(", ")}`;
    const { signal } = new AbortController();
    const settings = (connection: SqlConnection) => connection.rows(sql, { values: [], types: [] }, signal);
    const expected = {
      disabled_optimizers: tellingOptimizers,
      enable_external_access: "false",
      lock_configuration: "true",
      temp_directory: "",
    };
    expect(await engine.pool.use(settings)).toEqual([expected]);
    expect(await engine.judges.use(settings)).toEqual([expected]);
  });
});

test("a product all of whose rows are seen is read without a barrier, and as it is stored where its key is seen", () => {
  expect(viewSelect(model, decision(all), columns)).not.toMatch(/OFFSET|ORDER/);
});

describe("rows are put in another order than that in which they are stored", () => {
  const masks = { id: { kind: "hash" } } as const;
  const current = { ...model, major: 2, otherMajors: [{ major: 1 }] } as unknown as ProductModel;
  /** Made from the table of the current one, whose key it may not have. */
  const earlier = { ...model, major: 1, otherMajors: [{ major: 2 }] } as unknown as ProductModel;

  test.each<[string, ProductModel, Parameters<typeof decision>[0], RegExp]>([
    ["where the key is hashed", current, { ...all, id: "masked" }, /ORDER BY masked_order\("id", '0123456789abcdef'\)/],
    ["in an earlier version where anything is hidden", earlier, all, /ORDER BY "id"/],
  ])("%s", (_where, version, columnsSeen, order) => {
    expect(viewSelect(version, decision(columnsSeen, { masks }), columns)).toMatch(order);
  });

  test.each<[string, ProductModel, Parameters<typeof decision>[0]]>([
    ["where others than the key are hidden", current, { ...all, note: "masked" }],
    ["in an earlier version where all is seen", earlier, { ...all, person: "clear" }],
  ])("but not %s", (_where, version, columnsSeen) => {
    expect(viewSelect(version, decision(columnsSeen, { masks }), columns)).not.toContain("ORDER");
  });
});

test("views are shared by equal decisions, and the least used are forgotten unless somebody uses them", async () => {
  const kept = new SecuredViews(connection, 2);
  const wanted = (filter: string | null) => ({
    model,
    decision: decision(all, { rowFilter: filter }),
    columns,
    generation: 1,
  });
  using used = await kept.pin([wanted("id = 1")]);
  const names = [];
  for (const filter of ["id = 2", "id = 3", "id = 4", "id = 4"]) {
    using pinned = await kept.pin([wanted(filter)]);
    names.push(pinned.views[0]?.name[0]);
  }
  expect(new Set(names).size).toBe(3);
  const attached = async () => {
    const rows = await connection.runAndReadAll(
      "select database_name from duckdb_databases() where database_name like 's\\_%' escape '\\' order by 1",
    );
    return rows.getRows().flat();
  };
  await expect.poll(attached).toEqual([used.views[0]?.name[0], names[3]]);
});
