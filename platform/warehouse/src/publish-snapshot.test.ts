import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { mkdir, mkdtempDisposable, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compareWithPrevious, writeSnapshot } from "./publish-snapshot.ts";
import { listSnapshots, removeUnfinished, snapshotFile, verifySnapshot } from "./snapshot-store.ts";
import { openWriteSide, type WriteSide } from "./write-side.ts";

let dir: Awaited<ReturnType<typeof mkdtempDisposable>>;
let engine: WriteSide;
const fileOf = (id: string, product = "units") => snapshotFile(join(dir.path, "snapshots"), "learning", product, id);
const filesOf = (product = "units") => readdir(dirname(fileOf("any", product)));

beforeEach(async () => {
  dir = await mkdtempDisposable(join(tmpdir(), "publish-"));
  engine = await openWriteSide({
    file: join(dir.path, "domain.duckdb"),
    pseudonymKey: "k",
    tmpDir: join(dir.path, "tmp"),
    threads: 1,
  });
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await dir.remove();
});

const publish = (id: string, select: string, orderBy: string[] = []) =>
  writeSnapshot(engine, { file: fileOf(id), select, table: "units", orderBy });

describe("writeSnapshot", () => {
  test("leaves one whole file, sorted by the key, and nothing beside it", async () => {
    const written = await publish("001", "select (i * 7919) % 10000 as k, 'é' || i as s from range(10000) r(i)", ["k"]);
    expect(written.rowCount).toBe(10000);
    expect(written.sizeBytes).toBe(readFileSync(fileOf("001")).length);
    expect(await filesOf()).toEqual(["001.duckdb"]);
    expect(await verifySnapshot(fileOf("001"), "units")).toBe(10000);
    await engine.attachSnapshot(fileOf("001"), {
      catalog: "learning",
      schema: "product",
      table: "units",
      sourceTable: "units",
    });
    const [order] = await engine.query(
      "select bool_and(k = place - 1) as sorted from (select k, row_number() over () as place from learning.product.units)",
    );
    expect(order).toEqual({ sorted: true });
  });

  test.each([
    ["a large table", 100_000, ["k"], ["by key"]],
    ["a small one", 99_999, ["k"], []],
    ["one with a key of two columns", 100_000, ["k", "s"], []],
    ["one without a key", 100_000, undefined, []],
  ])("has an index on the key of %s", async (_, rows, key, indexes) => {
    const select = `select i as k, 's' || i as s from range(${rows}) r(i)`;
    await writeSnapshot(engine, { file: fileOf("001"), select, table: "units", orderBy: [], ...(key && { key }) });
    await engine.run(`attach '${fileOf("001")}' as written (read_only)`);
    const found = await engine.query("select index_name from duckdb_indexes() where database_name = 'written'");
    expect(found.map(({ index_name }) => index_name)).toEqual(indexes);
    expect(await engine.query("select s from written.units where k = 4711")).toEqual([{ s: "s4711" }]);
    await engine.run("detach written");
  });

  test("keeps types, nulls and an empty table", async () => {
    await publish(
      "001",
      "select 1.50::decimal(9,2) as d, [null, 'a'] as l, timestamptz '2025-01-01' as at_time where false",
    );
    await engine.attachSnapshot(fileOf("001"), {
      catalog: "learning",
      schema: "product",
      table: "u",
      sourceTable: "units",
    });
    const columns = await engine.query("select column_type as type from (describe learning.product.u)");
    expect(columns.map((column) => column.type)).toEqual(["DECIMAL(9,2)", "VARCHAR[]", "TIMESTAMP WITH TIME ZONE"]);
    expect(await engine.query("from learning.product.u")).toEqual([]);
  });

  test("of a small product is a small file", async () => {
    const { sizeBytes } = await publish("001", "select 1 as x");
    expect(sizeBytes).toBeLessThan(100_000);
  });

  test.each([
    ["fails to bind", "select nope from range(3)", "statement-failed"],
    [
      "fails while it runs",
      "select (case when i < 100000 then '1' else 'x' end)::integer as n from range(200000) r(i)",
      "statement-failed",
    ],
  ])("that %s leaves no file", async (_, select, code) => {
    await publish("001", "select 1 as x");
    await expect(publish("002", select)).rejects.toMatchObject({ code: `warehouse/${code}` });
    expect(await filesOf()).toEqual(["001.duckdb"]);
    expect((await publish("002", "select 2 as x")).rowCount).toBe(1);
  });

  test("into a place that cannot be written says so", async () => {
    await mkdir(dirname(fileOf("001")), { recursive: true });
    await mkdir(`${fileOf("001")}/in-the-way`, { recursive: true });
    await expect(publish("001", "select 1 as x")).rejects.toMatchObject({
      code: "warehouse/snapshot-not-written",
      at: { file: fileOf("001") },
    });
    expect(await filesOf()).toEqual(["001.duckdb"]);
  });

  test("that outgrows the disk leaves no half file and the engine usable", async () => {
    const script = new URL("./fixtures/publish-large.ts", import.meta.url).pathname;
    await publish("001", "select 1 as x");
    // A limit on file size stands for the full disk: the write fails half-way in the same manner.
    const command = `trap '' XFSZ; ulimit -f 4000; exec "$@"`;
    const args = ["-c", command, "sh", process.execPath, "--conditions=thoth-source", script, fileOf("002"), "400000"];
    const child = spawn("bash", args, { stdio: ["ignore", "pipe", "inherit"] });
    const [output] = (
      await Promise.all([child.stdout.setEncoding("utf8").toArray(), once(child, "exit")])
    )[0] as string[];
    expect(output).toContain("refused");
    expect(JSON.parse(output?.split("refused ")[1] ?? "")).toMatchObject({
      small: 1,
      code: expect.stringMatching(/^warehouse\/(snapshot-not-written|disk-full)$/),
    });
    expect(await filesOf()).toEqual(["001.duckdb", "003.duckdb"]);
  });

  test("killed half-way leaves the old one readable and rubbish that start-up removes", async () => {
    await publish("001", "select 1 as x");
    const script = new URL("./fixtures/publish-large.ts", import.meta.url).pathname;
    const appeared = Promise.withResolvers<void>();
    using watcher = {
      handle: watch(dirname(fileOf("002")), (_, name) => name?.startsWith("002.duckdb.tmp") && appeared.resolve()),
      [Symbol.dispose]() {
        this.handle.close();
      },
    };
    const child = spawn(process.execPath, ["--conditions=thoth-source", script, fileOf("002"), "20000000"], {
      stdio: "inherit",
    });
    const exit = once(child, "exit");
    await appeared.promise;
    child.kill("SIGKILL");
    expect(await exit).toEqual([null, "SIGKILL"]);
    watcher.handle.close();
    expect(existsSync(fileOf("002"))).toBe(false);
    expect(await filesOf()).toContain("002.duckdb.tmp");
    expect(await verifySnapshot(fileOf("001"), "units")).toBe(1);
    expect(await listSnapshots(join(dir.path, "snapshots"), "learning", "units")).toEqual(["001"]);
    expect(await removeUnfinished(join(dir.path, "snapshots"))).toContain(`${fileOf("002")}.tmp`);
    expect(await filesOf()).toEqual(["001.duckdb"]);
    expect((await publish("002", "select 2 as x")).rowCount).toBe(1);
  });
});

describe("compareWithPrevious", () => {
  const stage = (select: string) => engine.run(`create or replace table staging.units as ${select}`);
  const compare = (id?: string, key = ["k"]) =>
    compareWithPrevious(engine, { table: "units", key, previousFile: id === undefined ? undefined : fileOf(id) });
  const base =
    "select i as k, 'v' || i as v, case when i % 2 = 0 then i end as n, [i] as l, 'nan'::double as f from range(100) r(i)";
  beforeEach(async () => {
    await publish("001", base);
  });

  test.each([
    ["the same rows", base, { rowCount: 100, inserted: 0, updated: 0, deleted: 0 }],
    [
      "the same rows in another order",
      `from (${base}) order by v desc`,
      { rowCount: 100, inserted: 0, updated: 0, deleted: 0 },
    ],
    ["ten more", base.replace("100", "110"), { rowCount: 110, inserted: 10, updated: 0, deleted: 0 }],
    ["ten fewer", base.replace("100", "90"), { rowCount: 90, inserted: 0, updated: 0, deleted: 10 }],
    [
      "another value",
      `select * replace (case when k < 3 then 'other' else v end as v) from (${base})`,
      { rowCount: 100, inserted: 0, updated: 3, deleted: 0 },
    ],
    [
      "a value that became null",
      `select * replace (null::bigint as n) from (${base})`,
      { rowCount: 100, inserted: 0, updated: 50, deleted: 0 },
    ],
    [
      "another list",
      `select * replace (case when k = 7 then [k, k] else l end as l) from (${base})`,
      { rowCount: 100, inserted: 0, updated: 1, deleted: 0 },
    ],
    [
      "other keys",
      `select * replace (k + 50 as k) from (${base})`,
      { rowCount: 100, inserted: 50, updated: 50, deleted: 50 },
    ],
    ["nothing", `from (${base}) where false`, { rowCount: 0, inserted: 0, updated: 0, deleted: 100 }],
    ["a column more", `select *, 1 as added from (${base})`, { rowCount: 100, inserted: 0, updated: 100, deleted: 0 }],
    [
      "a column of another type",
      `select * replace (n::varchar as n) from (${base})`,
      { rowCount: 100, inserted: 0, updated: 100, deleted: 0 },
    ],
  ])("%s", async (_, select, changes) => {
    await stage(select);
    expect(await compare("001")).toEqual(changes);
  });

  test.each([
    ["has a column that was not there: no row stays", "v2", { inserted: 100, updated: 0, deleted: 100 }],
    [
      "is a column that was called in other letters: every row counts as updated",
      "V",
      { inserted: 0, updated: 100, deleted: 0 },
    ],
  ])("by a key that %s", async (_, name, changes) => {
    await stage(`select * rename (v as ${name}) from (${base})`);
    expect(await compare("001", [name])).toEqual({ rowCount: 100, ...changes });
  });

  test.each([
    ["wider", "k::hugeint", { inserted: 0, updated: 100, deleted: 0 }],
    ["a text of the same", "k::varchar", { inserted: 0, updated: 100, deleted: 0 }],
    ["of another kind", "'North ' || k", { inserted: 100, updated: 0, deleted: 100 }],
  ])("by a key whose type is another one: %s", async (_, k, changes) => {
    await stage(`select * replace (${k} as k) from (${base})`);
    expect(await compare("001")).toEqual({ rowCount: 100, ...changes });
  });

  test("by a key of several columns, one of them without a value", async () => {
    await publish("002", "select * from (values ('a', null, 1), ('a', 2, 1), ('b', null, 1)) t(k, m, v)");
    await stage("select * from (values ('a', null, 2), ('a', 2, 1), ('c', null, 1)) t(k, m, v)");
    expect(await compare("002", ["k", "m"])).toEqual({ rowCount: 3, inserted: 1, updated: 1, deleted: 1 });
  });

  test.each([
    ["there is no previous one", () => compare()],
    ["the previous one is gone", () => compare("000")],
    [
      "the previous one is damaged",
      async () => {
        const content = readFileSync(fileOf("001"));
        writeFileSync(fileOf("001"), content.fill(0, content.length / 2));
        return compare("001");
      },
    ],
  ])("everything is new when %s", async (_, compared) => {
    await stage(base);
    expect(await compared()).toEqual({ rowCount: 100, inserted: 100, updated: 0, deleted: 0 });
    expect(
      await engine.query("select count(*) as n from duckdb_databases() where database_name like 'previous%'"),
    ).toEqual([{ n: 0n }]);
  });
});

describe("the store", () => {
  test("lists what is published, oldest first, and removes what a crash left of the unfinished", async () => {
    for (const id of ["002", "001"]) await publish(id, "select 1 as x");
    const store = join(dir.path, "snapshots");
    const unfinished = `${fileOf("003")}.tmp`;
    writeFileSync(unfinished, "half");
    expect(await listSnapshots(store, "learning", "units")).toEqual(["001", "002"]);
    expect(await removeUnfinished(store)).toEqual([unfinished]);
    expect(await filesOf()).toEqual(["001.duckdb", "002.duckdb"]);
    expect(await listSnapshots(store, "learning", "nothing-yet")).toEqual([]);
    expect(await removeUnfinished(join(dir.path, "nowhere"))).toEqual([]);
  });

  test("what is read is not lost when it is pruned", async () => {
    await publish("001", "select 1 as x");
    await engine.attachSnapshot(fileOf("001"), {
      catalog: "learning",
      schema: "product",
      table: "units",
      sourceTable: "units",
    });
    rmSync(fileOf("001"));
    expect(await engine.query("from learning.product.units")).toEqual([{ x: 1 }]);
  });

  test("finds damage anywhere in a file", async () => {
    await publish("001", "select i, md5(i::varchar) as s from range(60000) r(i)");
    const content = readFileSync(fileOf("001"));
    content.write("damage", Math.floor(content.length / 2));
    writeFileSync(fileOf("001"), content);
    await expect(verifySnapshot(fileOf("001"), "units")).rejects.toMatchObject({
      code: "warehouse/corrupt-snapshot",
      at: { file: fileOf("001") },
    });
  });
});

describe("attachSnapshot", () => {
  const as = { catalog: "learning", schema: "product", table: "units", sourceTable: "units" };

  test("replaces what the name shows", async () => {
    await publish("001", "select 1 as x");
    await publish("002", "select 2 as y, 3 as z");
    await engine.attachSnapshot(fileOf("001"), as);
    await engine.attachSnapshot(fileOf("001"), as);
    await engine.attachSnapshot(fileOf("002"), as);
    await engine.attachSnapshot(fileOf("001"), { ...as, table: "older" });
    expect(await engine.query("from learning.product.units, learning.product.older")).toEqual([{ y: 2, z: 3, x: 1 }]);
    await expect(engine.run("insert into learning.product.units values (1, 2)")).rejects.toMatchObject({
      code: "warehouse/statement-failed",
    });
  });

  test("that cannot be read leaves the old one", async () => {
    await publish("001", "select 1 as x");
    await engine.attachSnapshot(fileOf("001"), as);
    writeFileSync(fileOf("002"), "garbage");
    await expect(engine.attachSnapshot(fileOf("002"), as)).rejects.toMatchObject({
      code: "warehouse/corrupt-snapshot",
    });
    await expect(engine.attachSnapshot(fileOf("003"), as)).rejects.toMatchObject({
      code: "warehouse/file-unreachable",
    });
    await expect(
      engine.attachSnapshot(fileOf("001"), { ...as, table: "other", sourceTable: "nope" }),
    ).rejects.toMatchObject({ code: "warehouse/statement-failed" });
    expect(await engine.query("from learning.product.units")).toEqual([{ x: 1 }]);
  });

  test("refuses names the write side uses itself", async () => {
    expect(() => engine.attachSnapshot(fileOf("001"), { ...as, catalog: "raw" })).toThrow(
      expect.objectContaining({ code: "warehouse/reserved-name" }),
    );
  });
});
