import { decide } from "@thoth/access/decide";
import type { Classification, ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { writeCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import { writeSnapshot } from "@thoth/warehouse/publish-snapshot";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localPerson } from "./local-person.ts";
import { silentLog } from "./server-log.ts";
import { openSqlSession, type SqlSession } from "./sql-session.ts";

let dir: TempDir;
let session: SqlSession;
const options = { limit: 10, signal: new AbortController().signal };

const column = (name: string, classification: Classification) =>
  ({ name, classification, sqlType: "INTEGER" }) as ColumnModel;

function product(name: string, columns: readonly ColumnModel[]): ProductModel {
  const names = { domain: "library", product: name, id: `library/${name}`, catalogName: "library", tableName: name };
  return { ...names, columns, key: [columns[0]?.name], roles: [] } as unknown as ProductModel;
}

const loans = product("loans", [
  column("id", "public"),
  column("amount", "internal"),
  column("reader", "confidential"),
]);
const readers = product("readers", [column("id", "confidential"), column("age", "internal")]);
const visits = product("visits", [column("id", "public")]);

beforeAll(async () => {
  dir = await tempDir();
  const engine = await openWriteSide({
    file: `${dir.path}/w.duckdb`,
    tmpDir: dir.path,
    pseudonymKey: "a key for tests",
  });
  const snapshots: Snapshot[] = [];
  for (const [{ domain, product: name, tableName: table }, select] of [
    [loans, "select i::integer as id, (i * 10)::integer as amount, 7 as reader from range(25) r(i)"],
    [readers, "select 1 as id, 30 as age"],
  ] as const) {
    const file = snapshotFile(`${dir.path}/snapshots`, domain, name, "001");
    const written = await writeSnapshot(engine, { select, table, file, orderBy: ["id"] });
    const rest = { contractVersion: "1.0.0", publishedAt: 0, watermark: null, runId: "run" };
    snapshots.push({ id: "001", domain, product: name, ...written, ...rest });
  }
  await engine[Symbol.asyncDispose]();
  await writeCurrentSnapshots(`${dir.path}/snapshots`, snapshots);
  session = await openSqlSession({
    snapshotDir: `${dir.path}/snapshots`,
    products: [loans, readers, visits].map((model) => ({ model, previous: [] })),
    decide: (model) => decide(localPerson("ada"), model),
    now: 0,
    maskKey: "a key for tests",
    log: silentLog,
  });
});

afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

test("the tables that can be read, and of them the columns", () => {
  expect(session.tables).toEqual([
    {
      name: "library.product.loans",
      columns: [
        { name: "id", type: "INTEGER" },
        { name: "amount", type: "INTEGER" },
      ],
    },
  ]);
});

describe("a statement that may run", () => {
  test.each([
    ["select amount from library.product.loans where id = 2", [{ amount: 20 }]],
    ["select * from library.product.loans order by id desc limit 1 -- the last", [{ id: 24, amount: 240 }]],
    ['from "library"."product"."loans" where id = 0;', [{ id: 0, amount: 0 }]],
    ["with l as (from library.product.loans) select count(*)::integer as n from l", [{ n: 25 }]],
    ["values (1), (2)", [{ col0: 1 }, { col0: 2 }]],
    ["select i::integer as i from range(2) r(i)", [{ i: 0 }, { i: 1 }]],
  ])("%s", async (statement, rows) => {
    expect(await session.select(statement, options)).toEqual(rows);
  });

  test("keeps its order and is cut at the limit", async () => {
    const rows = await session.select("select id from library.product.loans order by id desc", options);
    expect(rows.map((row) => row.id)).toEqual([24, 23, 22, 21, 20, 19, 18, 17, 16, 15]);
  });
});

describe("a statement that may not run is refused at its place", () => {
  test.each([
    ["select reader from library.product.loans", "warehouse/statement-failed", 1, 8],
    ["select id,\n  l.reader\nfrom library.product.loans l", "warehouse/statement-failed", 2, 3],
    ["select id from library.product.loans where reader = 7", "warehouse/statement-failed", 1, 44],
    ["select columns('read.*') from library.product.loans", "warehouse/statement-failed", 1, 8],
    ["select * from library.product.readers", "warehouse/read-refused", 1, 15],
    ["select (select max(age) from library.product.readers)", "warehouse/read-refused", 1, 30],
    ["select * from library.product.visits", "warehouse/read-refused", 1, 15],
    ["select * from library.main.loans", "access/sql-unknown-table", 1, 15],
    ["select * from readers", "warehouse/read-refused", 1, 15],
    ["select * from snapshot_1.main.loans", "access/sql-unknown-table", 1, 15],
    ["select * from information_schema.columns", "access/sql-unknown-table", 1, 15],
    ["select * from sqlite_master", "access/sql-unknown-table", 1, 15],
    ["select * from pg_catalog.pg_tables", "access/sql-unknown-table", 1, 15],
    ["select * from '/etc/passwd'", "access/sql-unknown-table", 1, 15],
    ["select * from 'x.parquet'", "access/sql-unknown-table", 1, 15],
    ["select *\nfrom duckdb_tables()", "warehouse/function-refused", 2, 6],
    ["select * from duckdb_secrets()", "warehouse/function-refused", 1, 15],
    ["select * from read_text('/etc/passwd')", "warehouse/function-refused", 1, 15],
    ["select * from read_csv('/etc/passwd')", "warehouse/function-refused", 1, 15],
    ["select * from glob('/*')", "warehouse/function-refused", 1, 15],
    ["select * from query('select 1')", "warehouse/function-refused", 1, 15],
    ["select * from query_table('library.product.readers')", "warehouse/function-refused", 1, 15],
    ["select * from pragma_table_info('x')", "warehouse/function-refused", 1, 15],
    ["select getenv('HOME')", "warehouse/function-refused", 1, 8],
    ["select current_setting('temp_directory')", "warehouse/function-refused", 1, 8],
    ["select 1; select 2", "warehouse/sql-several-statements", 1, 11],
    ["select 1; drop view library.product.loans", "warehouse/sql-several-statements", 1, 11],
    ["copy (select 1) to '/tmp/x.csv'", "warehouse/sql-not-a-select", 1, 1],
    ["pragma database_list", "warehouse/sql-not-a-select", 1, 1],
    ["  attach ':memory:' as x", "warehouse/sql-not-a-select", 1, 3],
    ["set memory_limit = '1GB'", "warehouse/sql-not-a-select", 1, 1],
    ["drop view library.product.loans", "warehouse/sql-not-a-select", 1, 1],
    ["describe library.product.loans", "warehouse/sql-not-a-select", 1, 1],
    ["", "warehouse/sql-not-a-select", 1, 1],
    ["selec 1", "warehouse/sql-syntax", 1, 1],
    ["select 1) union all (select 2", "warehouse/sql-syntax", 1, 9],
  ])("%s", async (statement, code, line, column) => {
    await expect(session.select(statement, options)).rejects.toMatchObject({
      code,
      at: { file: "statement", line, column },
    });
  });

  test.each([
    [
      "from library.product.readers",
      "Its contract offers no role to ask for: speak with whoever answers for its domain.",
    ],
    [
      "from library.product.visits",
      "It has not been published yet. The first run of mesh up does that, and may be under way: mesh runs shows it. If none is, mesh run library/visits publishes it.",
    ],
    ["from library.product.loan", "Did you mean library.product.loans? mesh sql without a statement lists"],
    ["from raw.loans", "mesh sql without a statement lists the tables and columns"],
    ["delete from x", "Only one SELECT"],
  ])("%s: what to do is said to a reader, not to the author of a pipeline", async (statement, hint) => {
    await expect(session.select(statement, options)).rejects.toMatchObject({ hint: expect.stringContaining(hint) });
  });
});

test("a statement can be stopped", async () => {
  const endless = "select count(*) from range(10000000) a(x), range(10000000) b(x) where a.x * b.x = 7";
  const running = session.select(endless, { limit: 1, signal: AbortSignal.timeout(50) });
  await expect(running).rejects.toThrow();
});
