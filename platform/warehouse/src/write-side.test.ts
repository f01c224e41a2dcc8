import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtempDisposable, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWriteSide, type WriteSide } from "./write-side.ts";

const key = "a key that must stay secret";
let dir: Awaited<ReturnType<typeof mkdtempDisposable>>;
let engine: WriteSide;
const open = (name = "domain.duckdb") =>
  openWriteSide({ file: join(dir.path, name), pseudonymKey: key, tmpDir: join(dir.path, "tmp"), threads: 1 });

beforeEach(async () => {
  dir = await mkdtempDisposable(join(tmpdir(), "write-side-"));
  engine = await open();
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await dir.remove();
});

test("a new file has the schemas, and keeps what was written", async () => {
  await engine.run("create table raw.t as select 1 as x");
  await engine[Symbol.asyncDispose]();
  engine = await open();
  const schemas = await engine.query(
    "select schema_name as name from information_schema.schemata where catalog_name = current_database()",
  );
  expect(schemas.map((row) => row.name)).toEqual(expect.arrayContaining(["raw", "clean", "staging", "mesh"]));
  expect(await engine.query("from raw.t")).toEqual([{ x: 1 }]);
});

test("run counts changed rows, and none for DDL", async () => {
  expect(await engine.run("create table raw.t as from range(10) r(i)")).toBe(0);
  expect(await engine.run("insert into raw.t values ($1), ($2)", [10, 11n])).toBe(2);
  expect(await engine.run("update raw.t set i = 0 where i > 8")).toBe(3);
  expect(await engine.run("delete from raw.t")).toBe(12);
});

test("time is UTC", async () => {
  expect(
    await engine.query("select current_setting('TimeZone') as zone, timestamptz '2025-01-01 00:00:00' as at_midnight"),
  ).toEqual([{ zone: "UTC", at_midnight: "2025-01-01T00:00:00.000Z" }]);
});

test("no extension is looked for", async () => {
  await expect(engine.query("from read_xlsx('x.xlsx')")).rejects.toMatchObject({ code: "warehouse/statement-failed" });
  await expect(engine.query("from 'https://127.0.0.1:9/x.parquet'")).rejects.toMatchObject({
    code: "warehouse/statement-failed",
  });
});

test("a failing statement says where, in lines and columns", async () => {
  await expect(engine.run("select 'é',\r\n  nope from range(1)")).rejects.toMatchObject({
    code: "warehouse/statement-failed",
    at: { line: 2, column: 3 },
  });
});

describe("pseudonym", () => {
  test("is the start of HMAC-SHA-256", async () => {
    const expected = createHmac("sha256", key).update("s212345é").digest("hex").slice(0, 16);
    expect(
      await engine.query(
        "select pseudonym('s212345é') as p, pseudonym(null) as n, pseudonym(5) = pseudonym('5') as same",
      ),
    ).toEqual([{ p: expected, n: null, same: true }]);
  });

  test("also with a key longer than a block", async () => {
    const long = "x".repeat(200);
    await using other = await openWriteSide({ file: join(dir.path, "o.duckdb"), pseudonymKey: long, tmpDir: dir.path });
    const expected = createHmac("sha256", long).update("a").digest("hex").slice(0, 16);
    expect(await other.query("select pseudonym('a') as p")).toEqual([{ p: expected }]);
  });

  test("no error, no definition and no file shows the key", async () => {
    const failures = await Promise.all(
      [
        "select pseudonym()",
        "select pseudonym(1, 2)",
        "select pseudonym(nope)",
        "select pseudonym([1])::date",
        "select pseudonym('x')::int",
      ].map((sql) => engine.query(sql).catch((error) => `${error.message} ${error.hint} ${error.cause?.message}`)),
    );
    const definitions = await engine.query(
      "select macro_definition from duckdb_functions() where function_name = 'pseudonym'",
    );
    const shown = JSON.stringify([failures, definitions]);
    expect(definitions).toHaveLength(1);
    expect(shown).not.toContain("secret");
    expect(shown).not.toContain(Buffer.from(key).toString("hex"));
    await engine.checkpoint();
    expect(readFileSync(engine.file).includes("secret")).toBe(false);
  });
});

describe("transactions", () => {
  beforeEach(() => engine.run("create table raw.t (i integer)"));
  const count = async () => Number((await engine.query("select count(*) as n from raw.t"))[0]?.n);

  test("commit what was done, and give back what the work gives", async () => {
    const result = await engine.transaction(async () => {
      await engine.run("insert into raw.t values (1)");
      await engine.appendRows({ schema: "raw", table: "t" }, [{ name: "i", type: "INTEGER" }], [[2], [3]]);
      return count();
    });
    expect([result, await count()]).toEqual([3, 3]);
  });

  test("roll back when the work throws, whatever it had caught before", async () => {
    const work = async () => {
      await engine.run("insert into raw.t values (1)");
      await engine.run("insert into raw.nope values (1)").catch(() => undefined);
      throw new Error("no");
    };
    await expect(engine.transaction(work)).rejects.toThrow("no");
    expect(await count()).toBe(0);
    await engine.run("insert into raw.t values (1)");
    expect(await count()).toBe(1);
  });

  test("cannot be nested", async () => {
    const nested = engine.transaction(() => engine.transaction(async () => 1));
    await expect(nested).rejects.toThrow("already open");
    expect(await engine.transaction(count)).toBe(0);
  });

  test("hold up everybody else, who see all or nothing of them", async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const transaction = engine.transaction(async () => {
      await engine.run("insert into raw.t values (1)");
      started.resolve();
      await gate;
      await engine.run("insert into raw.t values (2)");
    });
    await started.promise;
    const outside = count();
    openGate();
    await transaction;
    expect(await outside).toBe(2);
  });

  test("one that a failed statement has spoilt cannot be committed", async () => {
    const work = async () => {
      await engine.run("insert into raw.t values (1)");
      await engine.run("update raw.t set i = (case when i = 1 then 'x' else '2' end)::integer").catch(() => undefined);
    };
    await expect(engine.transaction(work)).rejects.toMatchObject({ code: "warehouse/transaction-spoilt" });
    expect(await count()).toBe(0);
  });
});

describe("appendRows", () => {
  const columns = [
    { name: "s", type: "VARCHAR" },
    { name: "i", type: "BIGINT" },
    { name: "ts", type: "TIMESTAMP WITH TIME ZONE" },
    { name: "d", type: "DATE" },
    { name: "n", type: "DECIMAL(9,2)" },
    { name: "j", type: "JSON" },
    { name: "l", type: "VARCHAR[]" },
    { name: "o", type: "STRUCT(a INTEGER, b VARCHAR[])" },
    { name: "f", type: "DOUBLE" },
    { name: "b", type: "BLOB" },
  ];
  const target = { schema: "raw", table: "t" };
  beforeEach(() =>
    engine.run(
      `create table raw.t (tag varchar default 'new', ${columns.map(({ name, type }) => `${name} ${type}`).join(", ")})`,
    ),
  );

  test("takes values of every kind, in any column order", async () => {
    const at = new Date("2025-01-01T10:00:00.123Z");
    const rows = [
      [
        'it\'s, "é"\n',
        9007199254740993n,
        at,
        at,
        "1.25",
        { a: [1] },
        ['a,"b', null, "]"],
        { a: 1, b: ["x"] },
        0.1,
        Uint8Array.of(0, 255),
      ],
      [null, 5, "2025-01-01T10:00:00+10:00", "2025-02-28", 3, '{"raw": true}', [], null, Number.NaN, null],
      [undefined, "7", null, null, null, null, null, { a: null, b: null }, Number.POSITIVE_INFINITY, null],
    ];
    const order = [3, 0, 1, 2, 4, 5, 6, 7, 8, 9];
    const pick = <T>(items: readonly T[]): T[] => order.map((index) => items[index] as T);
    expect(
      await engine.appendRows(
        target,
        pick(columns),
        rows.map((row) => pick<unknown>(row)),
      ),
    ).toBe(3);
    expect(await engine.query("from raw.t")).toEqual([
      {
        tag: "new",
        s: 'it\'s, "é"\n',
        i: 9007199254740993n,
        ts: "2025-01-01T10:00:00.123Z",
        d: "2025-01-01",
        n: "1.25",
        j: { a: [1] },
        l: ['a,"b', null, "]"],
        o: { a: 1, b: ["x"] },
        f: 0.1,
        b: Uint8Array.of(0, 255),
      },
      {
        tag: "new",
        s: null,
        i: 5n,
        ts: "2025-01-01T00:00:00.000Z",
        d: "2025-02-28",
        n: "3.00",
        j: { raw: true },
        l: [],
        o: null,
        f: Number.NaN,
        b: null,
      },
      {
        tag: "new",
        s: null,
        i: 7n,
        ts: null,
        d: null,
        n: null,
        j: null,
        l: null,
        o: { a: null, b: null },
        f: Number.POSITIVE_INFINITY,
        b: null,
      },
    ]);
  });

  test("takes more rows than a chunk, and none", async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => [index, `row ${index}`]);
    expect(await engine.appendRows(target, [columns[1], columns[0]] as typeof columns, rows)).toBe(5000);
    expect(await engine.appendRows(target, columns, [])).toBe(0);
    expect(await engine.query("select count(*) as n, max(i) as m, count(distinct s) as d from raw.t")).toEqual([
      { n: 5000n, m: 4999n, d: 5000n },
    ]);
  });

  test.each([
    ["i", 3.7, "3.7"],
    ["i", "3.7", '"3.7"'],
    ["i", "99999999999999999999", '"99999999999999999999"'],
    ["d", "2025-02-30", '"2025-02-30"'],
    ["ts", "yesterday", '"yesterday"'],
    ["n", "12345678.9", '"12345678.9"'],
    ["j", "{not json", '"{not json"'],
  ])("refuses in column %s the value %j, naming row, column and value", async (name, value, shown) => {
    const column = columns.find((candidate) => candidate.name === name);
    const rows = [...Array.from({ length: 3000 }, () => [null]), [value], [value]];
    const appended = engine.transaction(() => engine.appendRows(target, column === undefined ? [] : [column], rows));
    await expect(appended).rejects.toMatchObject({
      code: "warehouse/value-type",
      message: `row 3001 of raw.t: ${shown} in column ${name} is no ${column?.type}`,
    });
    expect(await engine.query("select count(*) as n from raw.t")).toEqual([{ n: 0n }]);
  });

  test("leaves failures of the table itself as they are", async () => {
    await engine.run("create table raw.u (i integer not null)");
    const appended = engine.appendRows({ schema: "raw", table: "u" }, [{ name: "i", type: "INTEGER" }], [[null]]);
    await expect(appended).rejects.toMatchObject({
      code: "warehouse/statement-failed",
      message: expect.stringContaining("NOT NULL"),
    });
  });
});

describe("abort", () => {
  const endless = "select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 3";

  test("interrupts a running statement, and the engine goes on", async () => {
    const controller = new AbortController();
    const query = engine.query(endless, [], { signal: controller.signal });
    setImmediate(() => controller.abort(new Error("enough")));
    await expect(query).rejects.toThrow("enough");
    expect(await engine.query("select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("before the start starts nothing", async () => {
    await expect(
      engine.run("create table raw.t (i int)", [], { signal: AbortSignal.abort(new Error("early")) }),
    ).rejects.toThrow("early");
    await expect(engine.query("from raw.t")).rejects.toMatchObject({ code: "warehouse/statement-failed" });
  });
});

describe("files that cannot be opened", () => {
  test("a second time in this process", async () => {
    await expect(open()).rejects.toMatchObject({
      code: "warehouse/file-in-use",
      message: expect.stringContaining(`process ${process.pid}`),
    });
    expect(await engine.query("select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("while another process has it open, whose id is named", async () => {
    const file = join(dir.path, "other.duckdb");
    const script = new URL("./fixtures/hold-warehouse.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, ["--conditions=thoth-source", script, file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await once(child.stdout, "data");
      await expect(open("other.duckdb")).rejects.toMatchObject({
        code: "warehouse/file-in-use",
        message: expect.stringContaining(`process ${child.pid}`),
        hint: expect.stringContaining("MESH_HOME"),
        at: { file },
      });
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await using reopened = await open("other.duckdb");
    expect(await reopened.query("from raw.held")).toEqual([{ x: 1 }]);
  });

  test.each([
    ["text", Buffer.from("this was never a database")],
    ["zeros", Buffer.alloc(40_000)],
    ["nothing at all", Buffer.alloc(0)],
  ])("because they hold %s", async (_, content) => {
    writeFileSync(join(dir.path, "bad.duckdb"), content);
    await expect(open("bad.duckdb")).rejects.toMatchObject({
      code: "warehouse/corrupt-file",
      hint: expect.stringContaining("--full"),
      at: { file: join(dir.path, "bad.duckdb") },
    });
    expect(readFileSync(join(dir.path, "bad.duckdb"))).toEqual(content);
  });

  test("because they are cut short", async () => {
    await engine.run("create table raw.t as select range as i, md5(range::varchar) as s from range(200000)");
    await engine[Symbol.asyncDispose]();
    const content = readFileSync(engine.file);
    writeFileSync(engine.file, content.subarray(0, content.length / 2));
    await expect(open()).rejects.toMatchObject({ code: "warehouse/corrupt-file" });
    writeFileSync(engine.file, content);
    engine = await open();
    expect(await engine.query("select count(*) as n from raw.t")).toEqual([{ n: 200000n }]);
  });

  test("because they are folders", async () => {
    await mkdir(join(dir.path, "folder.duckdb"));
    await expect(open("folder.duckdb")).rejects.toMatchObject({ code: "warehouse/file-unreachable" });
  });
});

test("nothing is left in the spill folder", async () => {
  await engine.run("create table raw.t as select range as i, md5(range::varchar) as s from range(50000) order by s");
  await engine[Symbol.asyncDispose]();
  expect(await readdir(join(dir.path, "tmp", "domain.duckdb.spill"))).toEqual([]);
});
