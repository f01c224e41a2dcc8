import { afterAll, beforeAll, expect, test } from "vitest";
import { inQueryFile } from "./in-query-file.ts";
import type { QueryEngine } from "./query-engine.ts";
import { openScratchEngine } from "./scratch-engine.ts";

let engine: QueryEngine & AsyncDisposable;
beforeAll(async () => {
  engine = await openScratchEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

const file = "domains/d/clean/tasks.sql";
async function failureOf(sql: string, wrap: (sql: string) => string) {
  const ran = wrap(sql);
  const failure = await engine.query(ran).catch((error: unknown) => error);
  return inQueryFile(failure, ran, { file, sql });
}

test.each<[string, string, (sql: string) => string, object]>([
  ["behind a prefix", "select nope", (sql) => `describe ${sql}`, { line: 1, column: 8 }],
  [
    "behind a prefix with other letters",
    "select 'é', nope",
    (sql) => `create table "ñ😀" as ${sql}`,
    { line: 1, column: 13 },
  ],
  [
    "in brackets, on a later line",
    "-- 😀\r\nselect 1,\r\n  nope",
    (sql) => `create table x as select 'ü' from (${sql}\n)`,
    { line: 3, column: 3 },
  ],
  [
    "a value that does not convert",
    "select 1,\n  'x'::integer",
    (sql) => `create table x as (${sql})`,
    { line: 2, column: 6 },
  ],
  ["as the parser counts", "select '😀',\n  from from", (sql) => `create table "ñ" as ${sql}`, { line: 2, column: 8 }],
  ["in the platform's own part", "select 1 as a", (sql) => `select nope from (${sql})`, {}],
])("%s", async (_, sql, wrap, place) => {
  expect(await failureOf(sql, wrap)).toMatchObject({ code: "warehouse/statement-failed", at: { file, ...place } });
});

test("what is no failure of the engine stays as it is", () => {
  const bug = new TypeError("bug");
  expect(inQueryFile(bug, "select 1", { file, sql: "select 1" })).toBe(bug);
});
