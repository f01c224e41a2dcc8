import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countRowChanges } from "./row-changes.ts";
import { openWriteSide, type WriteSide } from "./write-side.ts";

let dir: TempDir;
let engine: WriteSide;

beforeAll(async () => {
  dir = await tempDir();
  engine = await openWriteSide({
    file: `${dir.path}/changes.duckdb`,
    tmpDir: dir.path,
    pseudonymKey: "a key for tests",
  });
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const rows = (...list: string[]) => list.map((row) => `select ${row}`).join(" union all ");
const nothing = { inserted: 0, updated: 0, deleted: 0, sameColumns: true };
const replaced = (count: number) => ({ inserted: count, updated: 0, deleted: count, sameColumns: false });

test.each<[string, string, string, object]>([
  ["the same rows in another order", rows("1 as x", "2", "2"), rows("2 as x", "1", "2"), nothing],
  ["one copy more", rows("1 as x", "2"), rows("1 as x", "2", "2"), { ...nothing, inserted: 1 }],
  ["one copy less", rows("1 as x", "1", "1"), rows("1 as x"), { ...nothing, deleted: 2 }],
  [
    "a changed row",
    rows("1 as x, 'a' as y", "2, 'b'"),
    rows("1 as x, 'a' as y", "2, 'c'"),
    { ...nothing, inserted: 1, deleted: 1 },
  ],
  [
    "nulls",
    rows("null::integer as x, 1 as y", "null, null"),
    rows("null::integer as x, null::integer as y", "null, 1"),
    nothing,
  ],
  ["null and empty", rows("null::varchar as x"), rows("''::varchar as x"), { ...nothing, inserted: 1, deleted: 1 }],
  [
    "values on each other's place",
    rows("null::integer as x, 7 as y"),
    rows("7 as x, null::integer as y"),
    { ...nothing, inserted: 1, deleted: 1 },
  ],
  [
    "lists, structs and JSON",
    rows(`[1, null] as l, {'a': 'x'} as s, '{"k": 1}'::json as j`),
    rows(`[1, null] as l, {'a': 'x'} as s, '{"k": 1}'::json as j`),
    nothing,
  ],
  ["one item of a list", rows("[1, 2] as l"), rows("[1, 3] as l"), { ...nothing, inserted: 1, deleted: 1 }],
  ["numbers that are none", rows("'nan'::double as x"), rows("'nan'::double as x"), nothing],
  ["no rows at all", "select 1 as x limit 0", "select 1 as x limit 0", nothing],
  ["another column", rows("1 as x"), rows("1 as x, 2 as y"), replaced(1)],
  ["another type", rows("1::integer as x"), rows("1::bigint as x"), replaced(1)],
  ["another order of columns", rows("1 as x, 2 as y"), rows("2 as y, 1 as x"), replaced(1)],
  ["odd names", rows(`1 as copies, 2 as c0, 3 as "a ""b"""`), rows(`1 as copies, 2 as c0, 3 as "a ""b"""`), nothing],
])("%s", async (_, before, after, expected) => {
  await engine.run(`create or replace table clean.before as ${before}`);
  await engine.run(`create or replace table clean.after as ${after}`);
  expect(await countRowChanges(engine, "clean.before", "clean.after")).toEqual(expected);
});

const same = rows("1 as id, 'a' as part, 5 as x", "1, null, null", "null, null, 7");

test.each<[string, string, string, object]>([
  ["the same rows", same, same, nothing],
  [
    "a changed row, found by keys that are null",
    same,
    rows("1 as id, 'a' as part, 5 as x", "1, null, 6", "null, null, 8"),
    { ...nothing, updated: 2 },
  ],
  [
    "another key",
    same,
    rows("2 as id, 'a' as part, 5 as x", "1, null, null", "null, null, 7"),
    { ...nothing, inserted: 1, deleted: 1 },
  ],
  ["no row left", same, `${same} limit 0`, { ...nothing, deleted: 3 }],
])("by key: %s", async (_, before, after, expected) => {
  await engine.run(`create or replace table clean.before as ${before}`);
  await engine.run(`create or replace table clean.after as ${after}`);
  expect(await countRowChanges(engine, "clean.before", "clean.after", ["id", "part"])).toEqual(expected);
});
