import { join } from "node:path";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openExportEngine } from "./export-engine.ts";
import { writeSnapshot } from "./publish-snapshot.ts";
import { openReadSide, type ReadSide } from "./read-side.ts";
import type { Snapshot } from "./snapshot.ts";
import { snapshotFile } from "./snapshot-store.ts";
import { openWriteSide, type WriteSide } from "./write-side.ts";

let dir: TempDir;
let writer: WriteSide;
let reader: ReadSide;
let snapshotDir: string;

beforeEach(async () => {
  dir = await tempDir();
  snapshotDir = join(dir.path, "snapshots");
  writer = await openWriteSide({ file: join(dir.path, "w.duckdb"), pseudonymKey: "k", tmpDir: join(dir.path, "tmp") });
  reader = await openReadSide({ snapshotDir, catalogs: ["shop"] });
});

afterEach(async () => {
  await reader[Symbol.asyncDispose]();
  await writer[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

async function publish(id: string, select: string): Promise<Snapshot> {
  const file = snapshotFile(snapshotDir, "shop", "sales", id);
  const written = await writeSnapshot(writer, { file, select, table: "sales", orderBy: [] });
  const named = { id, domain: "shop", product: "sales", contractVersion: "1.0.0", runId: "r" };
  return { ...named, publishedAt: 0, watermark: null, ...written };
}

/** Files and catalogs that the engine has open besides its own. */
async function open(): Promise<string[]> {
  const rows = await reader.query(
    "select database_name as name from duckdb_databases() where not internal and database_name not in ('memory', 'shop') order by 1",
  );
  return rows.map(({ name }) => String(name).replace(/\d+$/, ""));
}

const valueIn = async (catalog: string) =>
  (await reader.query(`select x from ${catalog}.product.sales`, [], { once: true })).map(({ x }) => x);

test("a state that is held stays as it is while others are published, and goes when it is let go", async () => {
  const [one, two] = [await publish("001", "select 1 as x"), await publish("002", "select 2 as x")];
  await reader.attach(one);
  const held = await reader.hold(one);
  const again = await reader.hold(one);
  await reader.attach(two);
  expect(await valueIn("shop")).toEqual([2]);
  expect(await valueIn(held.catalog)).toEqual([1]);
  expect([...held.tables]).toEqual([["sales", new Set(["x"])]]);
  await held[Symbol.asyncDispose]();
  expect(await valueIn(again.catalog)).toEqual([1]);
  await again[Symbol.asyncDispose]();
  // Ready for whoever asks next, until something is published.
  expect(await open()).toEqual(["held_", "snapshot_", "snapshot_"]);
  await reader.attach(await publish("003", "select 3 as x"));
  await expect.poll(open).toEqual(["snapshot_"]);
  await expect(valueIn(held.catalog)).rejects.toMatchObject({ code: "warehouse/statement-failed" });
});

test("an older state is held beside the current one, with null for what JSON cannot say", async () => {
  const old = await publish("001", "select 'nan'::double as x, 7 as y");
  await reader.attach(await publish("002", "select 2.5 as x"));
  await using held = await reader.hold(old, { table: "sales", columns: ["x"] });
  expect(await reader.query(`select x from ${held.catalog}.finite.sales`)).toEqual([{ x: null }]);
  expect(held.tables.get("sales")).toEqual(new Set(["x"]));
  expect(await valueIn("shop")).toEqual(["2.5"]);
});

test("tables that are made from the one that is held are held with it", async () => {
  const one = await publish("001", "select 1 as x, 'a' as label");
  const mapped = {
    table: "sales_v0",
    query: { file: "v0.sql", sql: "select x + 1 as total from shop.product.sales" },
    columns: [{ name: "total", sqlType: "INTEGER" }],
  };
  await reader.attach(one, { table: "sales", mapped: [mapped] });
  await using held = await reader.hold(one);
  await reader.attach(await publish("002", "select 5 as x, 'b' as label"), { table: "sales", mapped: [mapped] });
  const select = (catalog: string) => reader.query(`select total from ${catalog}.product.sales_v0`);
  expect([await select(held.catalog), await select("shop")]).toEqual([[{ total: 2 }], [{ total: 6 }]]);
});

test("a file that is gone is told, and nothing stays open for it", async () => {
  const one = await publish("001", "select 1 as x");
  await reader.attach(one);
  await expect(reader.hold({ ...one, id: "nothing" })).rejects.toMatchObject({ code: "warehouse/file-unreachable" });
  await expect(reader.hold({ ...one, rowCount: 5, id: "001x" })).rejects.toThrow();
  expect(await open()).toEqual(["snapshot_"]);
});

test("a statement that runs once leaves nothing prepared behind", async () => {
  const one = await publish("001", "select 1 as x");
  await reader.attach(one);
  for (let round = 0; round < 3; round += 1) {
    await using held = await reader.hold(one);
    expect(await valueIn(held.catalog)).toEqual([1]);
  }
  await expect(reader.query("set threads = 1", [], { once: true })).rejects.toMatchObject({
    code: "warehouse/not-a-read",
  });
  expect(await open()).toEqual(["held_", "snapshot_"]);
});

test("a state is shown once, however many hold it, and as long as any does", async () => {
  const one = await publish("001", "select 1 as x, 2 as y");
  await reader.attach(one);
  const all = await Promise.all([reader.hold(one), reader.hold(one), reader.hold(one)]);
  expect(new Set(all.map(({ catalog }) => catalog)).size).toBe(1);
  await reader.attach(await publish("002", "select 2 as x"));
  for (const held of all) {
    expect(await valueIn(held.catalog)).toEqual([1]);
    await held[Symbol.asyncDispose]();
  }
});

test("a state that is shown with other columns is another one", async () => {
  const old = await publish("001", "select 1 as x, 2 as y");
  await reader.attach(await publish("002", "select 2 as x"));
  await using few = await reader.hold(old, { table: "sales", columns: ["x"] });
  await using all = await reader.hold(old, "sales");
  expect([few, all].map(({ tables }) => tables.get("sales")?.size)).toEqual([1, 2]);
});

test("of states that nobody holds some are kept ready, and the others let go", async () => {
  const states = [];
  for (let number = 100; number < 120; number += 1) states.push(await publish(String(number), `select ${number} as x`));
  await reader.attach(states[0] as Snapshot);
  for (const state of states) await (await reader.hold(state))[Symbol.asyncDispose]();
  expect((await open()).filter((name) => name === "held_")).toHaveLength(16);
});

test("rows come in batches, column by column, in the layout of Arrow", async () => {
  const select = `select * from (values
    (1::bigint, 1.25::decimal(9,2), true, date '1970-01-03', encode('ä'), [1, null]),
    (null, null, null, null, null, null),
    (-3, -0.01, false, null, encode(''), [])
  ) t`;
  const batches = await Array.fromAsync(reader.batches(select));
  expect(batches).toHaveLength(1);
  const [numbers, decimals, flags, days, blobs, lists] = batches[0]?.columns ?? [];
  expect(numbers).toMatchObject({ length: 3, nullCount: 1, validity: Uint8Array.of(0b101) });
  expect(numbers?.data).toEqual(BigInt64Array.of(1n, 0n, -3n));
  expect(decimals?.data).toEqual(BigInt64Array.of(125n, 0n, 0n, 0n, -1n, -1n));
  expect([flags?.data, flags?.validity]).toEqual([Uint8Array.of(0b001), Uint8Array.of(0b101)]);
  expect([days?.data, days?.nullCount]).toEqual([Int32Array.of(2, 0, 0), 2]);
  expect([Buffer.from(blobs?.data as Uint8Array).toString(), blobs?.offsets]).toEqual(["ä", Int32Array.of(0, 2, 2, 2)]);
  expect([lists?.offsets, lists?.items?.data, lists?.items?.nullCount]).toEqual([
    Int32Array.of(0, 2, 2, 2),
    Int32Array.of(1, 0),
    1,
  ]);
});

test("several batches hold all rows in their order", async () => {
  let rows = 0n;
  for await (const { rowCount, columns } of reader.batches("select i from range(10000) r(i) order by i")) {
    expect(columns[0]?.data[0]).toBe(rows);
    rows += BigInt(rowCount);
  }
  expect(rows).toBe(10_000n);
});

test("the engine that writes files reaches snapshots and its own folder, and nothing else", async () => {
  const one = await publish("001", "select 1 as x, 'ada' as name");
  const exportDir = join(dir.path, "exports");
  await using engine = await openExportEngine({ snapshotDir, exportDir, maskKey: "a key" });
  await using held = await engine.hold(one);
  const forever = new AbortController().signal;
  const select = { sql: `select masked_text(name, 's') as name from ${held.catalog}.product.sales`, params: [] };
  const file = join(exportDir, "it's.parquet");
  await engine.writeParquet(file, select, { signal: forever });
  const [row] = await writer.query(`select name from read_parquet('${file.replace("'", "''")}')`);
  expect(row?.name).toMatch(/^[0-9a-f]{16}$/);
  await expect(engine.writeParquet(join(dir.path, "x.parquet"), select, { signal: forever })).rejects.toThrow(
    /disabled by config/,
  );
  const outside = { sql: "select * from read_text('/etc/hostname')", params: [] };
  await expect(engine.writeParquet(file, outside, { signal: forever })).rejects.toThrow(/disabled by config/);
});
