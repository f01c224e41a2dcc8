import { parseSelect } from "@thoth/warehouse/analyse-sql";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { openScratchEngine } from "@thoth/warehouse/scratch-engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resultNames } from "./result-names.ts";

let engine: QueryEngine & AsyncDisposable;
beforeAll(async () => {
  engine = await openScratchEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

const table = "(select 1 as x, 'a' as y, date '2026-01-01' as d) t";

/** Names that the engine gives are in brackets here, others are Postgres' own. @source PostgreSQL 18, the same statements */
test.each([
  [`select count(*), sum(x), max(y) from ${table}`, ["count", "sum", "max"]],
  [`select count(*) filter (where x > 0), count(distinct x) from ${table}`, ["count", "count"]],
  [
    `select count(*)::int, x::text, (t.x)::bigint::text, '1'::int from ${table} group by x`,
    ["count", "x", "x", "int4"],
  ],
  [`select row_number() over (), sum(x) over (order by y) from ${table}`, ["row_number", "sum"]],
  [`select coalesce(x, 1), case when x = 1 then 2 end from ${table}`, ["coalesce", "case"]],
  [`select date_trunc('day', d), upper(y), substring(y, 1, 1) from ${table}`, ["date_trunc", "upper", "substring"]],
  [`select percentile_cont(0.5) within group (order by x) from ${table}`, ["percentile_cont"]],
  [`select sum(x) as "sum(x)", count(*) as "N", x from ${table} group by x`, ["[0]", "[1]", "[2]"]],
  [`select x + 1, not true, 1, x is null, -x, y like 'a' from ${table}`, Array(6).fill("?column?")],
  [`select count(*), * from (select 1 as count_star) t group by all`, ["count", "[1]"]],
  [`select t.*, upper(y) from ${table}`, ["[0]", "[1]", "[2]", "upper"]],
  [
    `select t.*, y || 'a', (select max(x) from ${table}) as "N" from ${table}`,
    ["[0]", "[1]", "[2]", "?column?", "[4]"],
  ],
  [`select t.*, upper(y), t.* from ${table}`, ["[0]", "[1]", "[2]", "[3]", "[4]", "[5]", "[6]"]],
  [
    `select (select count(*) from ${table}), (select x as z from ${table}), (select x + 1 from ${table})`,
    ["count", "z", "?column?"],
  ],
  [
    `select (select (select max(x) from ${table})), exists (select 1), not exists (select 1)`,
    ["max", "exists", "?column?"],
  ],
  [`select 1 = any (select 2), (select x from ${table} union select 1 as b)`, ["?column?", "x"]],
  [
    `select '1'::text, true::int, 1::bigint, '[1]'::int[], date '2026-01-01', interval '1 day'`,
    ["text", "int4", "int8", "int4", "date", "interval"],
  ],
  [
    `select 1::numeric(9,2), '{}'::json, now()::timestamptz::text, (1 + 1)::text::int`,
    ["numeric", "json", "now", "int4"],
  ],
  [
    `select case when x = 1 then 2 else x end, case when x = 1 then 2 else 3 end, y collate nocase from ${table}`,
    ["x", "case", "y"],
  ],
  [`select array[1, 2], [1, 2], nullif(1, 2), greatest(1, 2)`, ["array", "array", "nullif", "greatest"]],
  [
    `select s.f, (s).f, (l)[1], l[1], #2, row(1, 2) from (select {'f': 1} as s, [1] as l) t`,
    ["f", "f", "l", "l", "[4]", "row"],
  ],
  [`select max(columns(*)), upper(y) from ${table} group by all`, ["[0]", "[1]", "[2]", "upper"]],
  [`with a as (select count(*) from ${table}) select max("count_star()") from a union all select 2`, ["max"]],
  [`(select count(*) from ${table}) order by 1`, ["count"]],
  ["values (1, 'a')", ["[0]", "[1]"]],
])("%s", async (sql, expected) => {
  const { trees } = await parseSelect(engine, sql, "statement");
  const [row = {}] = await engine.query(sql, []);
  const names = Object.keys(row);
  const wanted = expected.map((name) => names[Number(/^\[(\d)\]$/.exec(name)?.[1])] ?? name);
  expect(resultNames(trees, names)).toEqual(wanted);
});
