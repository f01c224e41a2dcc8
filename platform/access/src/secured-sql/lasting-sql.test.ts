import { warehouseError } from "@thoth/warehouse/errors";
import { expect, test } from "vitest";
import type { Decision } from "../decision.ts";
import { openLibrary } from "./fixtures/library.ts";
import { openLastingSql } from "./lasting-sql.ts";
import type { SecuredSql } from "./secured-sql.ts";

const visits = {
  name: "visits",
  columns: { id: "BIGINT", note: "VARCHAR", number: "BIGINT" },
  rows: "select i as id, md5(i::varchar) as note, i as number from range(200000) t(i)",
};

const open: Decision = {
  columns: { id: "clear", note: "clear", number: "clear" },
  masks: {},
  readable: true,
  rowFilter: null,
  minGroupSize: 1,
  grouping: null,
  salt: "",
  purpose: null,
  expiresAt: null,
  agreement: null,
  reasons: [],
  fingerprint: "open",
};
const reader = { now: 0, decide: () => open };

test("a join of inequalities that is cancelled takes the engine from nobody", async () => {
  await using library = await openLibrary([visits]);
  await using sql = await library.open();
  const text =
    "select count(*) from library.visits a, library.visits b where a.note < b.note and a.number % 7 < b.number";
  for (const ms of [20, 40, 60, 80, 100, 120]) {
    const statement = await sql.prepare(text, reader);
    await expect(statement.rows([], { signal: AbortSignal.timeout(ms) })).rejects.toMatchObject({
      name: "TimeoutError",
    });
  }
  const after = await sql.prepare("select count(*)::int as n from library.visits", reader);
  expect(await after.rows([], { signal: new AbortController().signal })).toEqual([{ n: 200_000 }]);
});

test("an engine that has ended is replaced, once, and what is prepared then runs on the new one", async () => {
  await using library = await openLibrary([{ ...visits, rows: "select 1 as id, 'a' as note, 2 as number" }]);
  let opened = 0;
  let isBroken = false;
  /** The engine as it is, until it is said to have ended. */
  const ending = async (): Promise<SecuredSql> => {
    const sql = await library.open();
    const first = opened++ === 0;
    return {
      ...sql,
      tables: (who) => sql.tables(who),
      prepare: async (text, who) => {
        if (first && isBroken) throw warehouseError["engine-broken"]({ reason: "it was cancelled" });
        return sql.prepare(text, who);
      },
      [Symbol.asyncDispose]: () => sql[Symbol.asyncDispose](),
    };
  };
  const lines: string[] = [];
  await using sql = await openLastingSql(ending, { error: (message) => void lines.push(message) });
  const ask = async () => {
    const statement = await sql.prepare("select number from library.visits", reader);
    const rows: unknown[] = [];
    for await (const chunk of statement.run([], { signal: new AbortController().signal })) rows.push(...chunk);
    return rows;
  };
  expect(await ask()).toEqual([["2"]]);
  isBroken = true;
  const failures = await Promise.allSettled([ask(), ask()]);
  expect(failures.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await ask()).toEqual([["2"]]);
  expect(opened).toBe(2);
  expect(lines).toEqual(["the SQL engine has ended and is opened anew"]);
});
