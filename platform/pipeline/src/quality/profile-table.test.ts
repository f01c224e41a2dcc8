import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fullColumns, profileTable } from "./profile-table.ts";

let dir: TempDir;
let engine: WriteSide;

beforeAll(async () => {
  dir = await tempDir();
  engine = await openWriteSide({ file: `${dir.path}/profile.duckdb`, tmpDir: dir.path, pseudonymKey: "k" });
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

type Shown = "public" | "internal" | "confidential" | "restricted";

/** @param columns name → type, and classification where it is not public */
async function profile(
  rows: string,
  columns: Readonly<Record<string, string | readonly [string, Shown]>>,
  limits: { readonly sampleFrom?: number } = {},
) {
  await engine.run(`create or replace table staging.things as ${rows}`);
  const ran: string[] = [];
  const watched = {
    query: (sql: string, ...rest: unknown[]) => {
      ran.push(sql);
      return engine.query(sql, ...(rest as []));
    },
  };
  const model = {
    tableName: "things",
    columns: Object.entries(columns).map(([name, type]) => {
      const [sqlType, classification] = typeof type === "string" ? [type, "public" as const] : type;
      return { name, sqlType, classification, id: name, description: "", logicalType: "string", required: false };
    }),
  };
  const found = await profileTable(watched, model as never, { signal: new AbortController().signal, ...limits });
  return { ...found, ran, columns: Object.fromEntries(found.columns.map(({ name, ...rest }) => [name, rest])) };
}

test("says of every column what its values are like, in three scans of which one only counts rows", async () => {
  const found = await profile(
    `select i::bigint as id, case when i < 10 then null when i < 70 then 'often' else 'rare' end as word,
       (i % 10)::double as number, date '2026-01-01' + i::integer as day, i % 2 = 0 as even, [i] as list, 1.50::decimal(9,2) as fee
     from range(100) t(i)`,
    {
      id: "BIGINT",
      word: "VARCHAR",
      number: "DOUBLE",
      day: "DATE",
      even: "BOOLEAN",
      list: "BIGINT[]",
      fee: "DECIMAL(9,2)",
    },
  );
  expect(found).toMatchObject({ rowCount: 100, sampledRows: 100, durationMs: expect.any(Number) });
  const { id, word, number, day, list, fee } = found.columns;
  expect(id).toMatchObject({ nulls: 0, minimum: "0", maximum: "99", mean: 49.5 });
  expect(id?.quantiles?.[2]).toBeCloseTo(49.5, -1);
  expect(word).toMatchObject({ nulls: 10, distinct: 2, minimum: "often", maximum: "rare" });
  expect(word?.top).toEqual([
    { value: "often", count: 60 },
    { value: "rare", count: 30 },
  ]);
  expect(number?.top).toHaveLength(5);
  expect(day).toMatchObject({ minimum: "2026-01-01", maximum: "2026-04-10" });
  expect(list).toEqual({ nulls: 0 });
  expect(fee).toMatchObject({ minimum: "1.50", mean: 1.5, top: [{ value: "1.50", count: 100 }] });
  expect(found.ran).toHaveLength(3);
});

test.each(["confidential", "restricted"] as const)("of a %s column nothing shows a value", async (classification) => {
  const { columns, ran } = await profile("select 'Ada' as person, 7 as age", {
    person: ["VARCHAR", classification],
    age: ["INTEGER", classification],
  });
  expect(columns).toEqual({ person: { nulls: 0, distinct: 1 }, age: { nulls: 0, distinct: 1 } });
  expect(ran.join()).not.toMatch(/min\(|max\(|avg|quantile|grouping/i);
});

test("what is no number, or without end, is in no mean", async () => {
  const { columns } = await profile("select unnest(['1', '3', 'nan', 'infinity', null]::double[]) as value", {
    value: "DOUBLE",
  });
  expect(columns.value).toMatchObject({ nulls: 1, mean: 2 });
});

test("no rows have nothing to tell", async () => {
  const { columns, rowCount } = await profile("select 1 as id where false", { id: "INTEGER" });
  expect(rowCount).toBe(0);
  expect(columns).toEqual({ id: { nulls: 0, distinct: 0 } });
});

test("of a very wide product only the first columns are looked at closely", async () => {
  const names = Array.from({ length: fullColumns + 5 }, (_, index) => `c${index}`);
  const { columns } = await profile(
    `select ${names.map((name, index) => `${index} as ${name}`)}`,
    Object.fromEntries(names.map((name) => [name, "INTEGER"])),
  );
  expect(columns[`c${fullColumns - 1}`]).toMatchObject({ distinct: 1, minimum: String(fullColumns - 1) });
  expect(columns[`c${fullColumns}`]).toEqual({ nulls: 0 });
});

test("quantiles and top values of a huge product come from a sample; counts do not", async () => {
  const [rows, sampleFrom] = [800_000, 400_000];
  const found = await profile(
    `select i::integer as id, i % 3 as kind from range(${rows}) t(i)`,
    { id: "INTEGER", kind: "BIGINT" },
    { sampleFrom },
  );
  expect(found.rowCount).toBe(rows);
  expect(found.sampledRows / sampleFrom).toBeGreaterThan(0.8);
  expect(found.sampledRows / sampleFrom).toBeLessThan(1.2);
  expect(found.columns.id).toMatchObject({ nulls: 0, minimum: "0", maximum: String(rows - 1) });
  expect(found.columns.id?.quantiles?.[2]).toBeGreaterThan(rows * 0.3);
});
