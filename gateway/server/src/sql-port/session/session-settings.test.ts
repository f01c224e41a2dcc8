import { PGlite } from "@electric-sql/pglite";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSqlDoor, type SqlDoor } from "../fixtures/sql-door.ts";

/** Settings in transactions and savepoints are those of Postgres, which is asked the same. */

let door: SqlDoor;
let postgres: PGlite;

beforeAll(async () => {
  [door, postgres] = await Promise.all([openSqlDoor(), PGlite.create()]);
});
afterAll(async () => {
  await Promise.all([door?.[Symbol.asyncDispose](), postgres?.close()]);
});

const settings = ["application_name", "extra_float_digits"];
const name = fc.constantFrom(...settings);
const value = fc.constantFrom("0", "2", "3");
const savepoint = fc.constantFrom("s", "t");

const statement = fc.oneof(
  { arbitrary: fc.tuple(name, value).map(([key, to]) => `set ${key} to ${to}`), weight: 4 },
  { arbitrary: fc.tuple(name, value).map(([key, to]) => `set local ${key} to ${to}`), weight: 4 },
  { arbitrary: savepoint.map((point) => `savepoint ${point}`), weight: 4 },
  { arbitrary: savepoint.map((point) => `rollback to ${point}`), weight: 3 },
  { arbitrary: savepoint.map((point) => `release ${point}`), weight: 2 },
  { arbitrary: name.map((key) => `reset ${key}`), weight: 1 },
  { arbitrary: fc.constantFrom("begin", "commit", "rollback"), weight: 3 },
  { arbitrary: fc.constant("set datestyle to 'nonsense'"), weight: 1 },
);

type Ask = (sql: string) => Promise<unknown>;

/** What each statement is answered with, and what is set behind it: an SQLSTATE in a transaction that has failed. */
async function answers(ask: Ask, statements: readonly string[]): Promise<string[]> {
  const told: string[] = [];
  for (const sql of ["rollback", "reset all", "set application_name to 9", "begin", ...statements]) {
    told.push(`${sql}: ${await answer(ask, sql)}`);
    for (const key of settings) told.push(`${key}: ${await answer(ask, `show ${key}`)}`);
  }
  return told;
}

async function answer(ask: Ask, sql: string): Promise<string> {
  try {
    const rows = (await ask(sql)) as readonly Readonly<Record<string, unknown>>[];
    return Object.values(rows[0] ?? {}).join();
  } catch (failure) {
    return String((failure as { readonly code?: unknown }).code);
  }
}

test("what is set in a transaction is taken back as Postgres does it", async () => {
  const client = await door.connect();
  const here: Ask = async (sql) => (await client.query(sql)).rows;
  const there: Ask = async (sql) => (await postgres.exec(sql))[0]?.rows ?? [];
  await fc.assert(
    fc.asyncProperty(fc.array(statement, { minLength: 3, maxLength: 14 }), async (statements) => {
      expect(await answers(here, statements)).toEqual(await answers(there, statements));
    }),
    { numRuns: 120 },
  );
  await client.end();
});
