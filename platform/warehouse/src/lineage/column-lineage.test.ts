import { isMeshError } from "@thoth/kernel/mesh-error";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { QueryEngine } from "../query-engine.ts";
import { openScratchEngine } from "../scratch-engine.ts";
import { columnLineage, type Dependencies } from "./column-lineage.ts";

let engine: QueryEngine & AsyncDisposable;

beforeAll(async () => {
  engine = await openScratchEngine();
  await engine.query("create table t (a int, b int, c int, z int[], s struct(x int, y int))");
  await engine.query("create table u (a int, d int)");
});

afterAll(() => engine[Symbol.asyncDispose]());

/** `{ q: ["t.b TRANSFORMATION"], "*": ["t.c FILTER"] }`: by column what it depends on; `*` decides which rows there are. */
async function lineageOf(sql: string): Promise<Record<string, string[]>> {
  const { columns, rows } = await columnLineage(engine, sql, "q.sql");
  return Object.fromEntries([...columns.map((column) => [column.column, tell(column)] as const), ["*", tell(rows)]]);
}

function tell({ from, unknown }: Dependencies): string[] {
  const known = from.map(
    ({ from: { table, column }, kind, masking }) => `${table}.${column} ${kind}${masking ? " masked" : ""}`,
  );
  return [...known, ...unknown.map(({ reason, line, column }) => `${line}:${column} ${reason}`)].sort();
}

test.each<[string, Record<string, string[]>]>([
  ["select a from t", { a: ["t.a IDENTITY"], "*": [] }],
  ["select t.b + 1 as q from t where c > 1", { q: ["t.b TRANSFORMATION"], "*": ["t.c FILTER"] }],
  [
    "select a as z1, z1 + b as w from t",
    { z1: ["t.a IDENTITY"], w: ["t.a TRANSFORMATION", "t.b TRANSFORMATION"], "*": [] },
  ],
  ["select count(*) as n from t", { n: [], "*": [] }],
  ["select s.x as x, s['y'] as y from t", { x: ["t.s TRANSFORMATION"], y: ["t.s TRANSFORMATION"], "*": [] }],
  [
    "select p.y.Z as z, p['x'] as x, p.y as y from (select {'x': a, 'y': {'z': b, 'w': c + 1}} as p from t)",
    { z: ["t.b IDENTITY"], x: ["t.a IDENTITY"], y: ["t.b TRANSFORMATION", "t.c TRANSFORMATION"], "*": [] },
  ],
  [
    "with p as materialized (select struct_pack(x := a, y := b) as s from t) select l.s.x as x from p as l left join p as r on l.s.y = r.s.y",
    { x: ["t.a IDENTITY"], "*": ["t.b JOIN"] },
  ],
  ["select sha256(a::varchar) as h from t", { h: ["t.a TRANSFORMATION masked"], "*": [] }],
  [
    "select case when a > 1 then b else c end as k from t",
    { k: ["t.a CONDITIONAL", "t.b TRANSFORMATION", "t.c TRANSFORMATION"], "*": [] },
  ],
])("an expression: %s", async (sql, expected) => {
  expect(await lineageOf(sql)).toEqual(expected);
});

test.each<[string, Record<string, string[]>]>([
  ["select * exclude (a, z, s) from t", { b: ["t.b IDENTITY"], c: ["t.c IDENTITY"], "*": [] }],
  [
    "select * exclude (c, z, s) replace (a + b as a) from t",
    { a: ["t.a TRANSFORMATION", "t.b TRANSFORMATION"], b: ["t.b IDENTITY"], "*": [] },
  ],
  ["select * rename (d as e) from u", { a: ["u.a IDENTITY"], e: ["u.d IDENTITY"], "*": [] }],
  ["select columns('a|b') from t", { a: ["t.a IDENTITY"], b: ["t.b IDENTITY"], "*": [] }],
  ["select max(columns(*)) from u", { a: ["u.a AGGREGATION"], d: ["u.d AGGREGATION"], "*": [] }],
  ["from u select d", { d: ["u.d IDENTITY"], "*": [] }],
  ["values (1, 2), (3, 4)", { col0: [], col1: [], "*": [] }],
])("stars and short forms: %s", async (sql, expected) => {
  expect(await lineageOf(sql)).toEqual(expected);
});

test.each<[string, Record<string, string[]>]>([
  [
    "select a, d, b from t join u using (a)",
    { a: ["t.a IDENTITY"], d: ["u.d IDENTITY"], b: ["t.b IDENTITY"], "*": ["t.a JOIN", "u.a JOIN"] },
  ],
  [
    "select a from t full join u using (a)",
    { a: ["t.a TRANSFORMATION", "u.a TRANSFORMATION"], "*": ["t.a JOIN", "u.a JOIN"] },
  ],
  ["select b from t natural join u", { b: ["t.b IDENTITY"], "*": ["t.a JOIN", "u.a JOIN"] }],
  ["select b from t semi join u using (a)", { b: ["t.b IDENTITY"], "*": ["t.a JOIN", "u.a JOIN"] }],
  [
    "select t.b from t join u on t.a = u.a or t.c < u.d",
    { b: ["t.b IDENTITY"], "*": ["t.a JOIN", "t.c JOIN", "u.a JOIN", "u.d JOIN"] },
  ],
  [
    "select u.d from t asof join u on t.a = u.a and t.b >= u.d",
    { d: ["u.d IDENTITY"], "*": ["t.a JOIN", "t.b JOIN", "u.a JOIN", "u.d JOIN"] },
  ],
  [
    "select n from t, lateral (select u.d + t.b as n from u where u.a = t.a)",
    { n: ["t.b TRANSFORMATION", "u.d TRANSFORMATION"], "*": ["t.a FILTER", "u.a FILTER"] },
  ],
  ["select v from t, unnest(t.z) as k (v)", { v: ["t.z TRANSFORMATION"], "*": ["t.z JOIN"] }],
  ["select i from t, generate_series(1, t.a) as g (i)", { i: ["t.a TRANSFORMATION"], "*": ["t.a JOIN"] }],
  ["select unnest(z) as v, b from t", { v: ["t.z TRANSFORMATION"], b: ["t.b IDENTITY"], "*": ["t.z JOIN"] }],
])("a join: %s", async (sql, expected) => {
  expect(await lineageOf(sql)).toEqual(expected);
});

test.each<[string, Record<string, string[]>]>([
  [
    "select a, sum(b) as n from t group by all having max(c) > 1",
    { a: ["t.a IDENTITY"], n: ["t.b AGGREGATION"], "*": ["t.a GROUP_BY", "t.c FILTER"] },
  ],
  ["select b, count(*) as n from t group by 1", { b: ["t.b IDENTITY"], n: [], "*": ["t.b GROUP_BY"] }],
  [
    "select a, grouping(b) as g from t group by rollup (a, b)",
    { a: ["t.a IDENTITY"], g: ["t.b GROUP_BY"], "*": ["t.a GROUP_BY", "t.b GROUP_BY"] },
  ],
  [
    "select list(a order by b) filter (where c > 1) as l from t",
    { l: ["t.a AGGREGATION", "t.b SORT", "t.c FILTER"], "*": [] },
  ],
  ["select max(a) as m from t where b > 1", { m: ["t.a AGGREGATION", "t.b FILTER"], "*": [] }],
  [
    "select sum(b) over (partition by a order by c) as w, lag(b) over (order by c) as l from t",
    { w: ["t.a WINDOW", "t.b AGGREGATION", "t.c WINDOW"], l: ["t.b TRANSFORMATION", "t.c WINDOW"], "*": [] },
  ],
  [
    "select a from t qualify row_number() over (partition by b order by c desc) = 1",
    { a: ["t.a IDENTITY"], "*": ["t.b FILTER", "t.c FILTER"] },
  ],
  ["select distinct on (a) b from t order by c limit 3", { b: ["t.b IDENTITY"], "*": ["t.a GROUP_BY", "t.c SORT"] }],
  [
    "select * from (pivot (select a, b, c from t) on a in (1, 2) using sum(b))",
    {
      c: ["t.c IDENTITY"],
      1: ["t.a FILTER", "t.b AGGREGATION"],
      2: ["t.a FILTER", "t.b AGGREGATION"],
      "*": ["t.c GROUP_BY"],
    },
  ],
  [
    "select value from (unpivot u on a, d)",
    {
      value: ["u.a TRANSFORMATION", "u.d TRANSFORMATION"],
      "*": ["u.a FILTER", "u.a JOIN", "u.d FILTER", "u.d JOIN"],
    },
  ],
])("groups and windows: %s", async (sql, expected) => {
  expect(await lineageOf(sql)).toEqual(expected);
});

test.each<[string, Record<string, string[]>]>([
  ["select b from t where a = (select max(d) from u)", { b: ["t.b IDENTITY"], "*": ["t.a FILTER", "u.d FILTER"] }],
  [
    "select b, (select max(d) from u where u.a = t.a) as m from t",
    { b: ["t.b IDENTITY"], m: ["t.a FILTER", "t.a GROUP_BY", "t.a JOIN", "u.a FILTER", "u.d AGGREGATION"], "*": [] },
  ],
  [
    "select a in (select a from u where d > 1) as i from t",
    { i: ["t.a TRANSFORMATION", "u.a TRANSFORMATION", "u.d FILTER"], "*": [] },
  ],
  [
    "select b from t where exists (select 1 from u where u.a = t.a)",
    { b: ["t.b IDENTITY"], "*": ["t.a FILTER", "u.a FILTER"] },
  ],
  [
    "with x as (with x as (select b as a from t) select a + 1 as a from x) select a from x",
    { a: ["t.b TRANSFORMATION"], "*": [] },
  ],
  ["with t as (select d as a from u) select a from t", { a: ["u.d IDENTITY"], "*": [] }],
  [
    "with recursive r (n) as (select a from t union all select n + d from r, u where n < 4) select n from r",
    {
      n: ["t.a IDENTITY", "t.a TRANSFORMATION", "u.d TRANSFORMATION"],
      "*": ["t.a FILTER", "u.d FILTER"],
    },
  ],
  [
    "select a from t union all by name select d as c, a from u",
    { a: ["t.a IDENTITY", "u.a IDENTITY"], c: ["u.d IDENTITY"], "*": [] },
  ],
  ["select a from t except all select d from u", { a: ["t.a IDENTITY"], "*": ["t.a FILTER", "u.d FILTER"] }],
])("a query in a query: %s", async (sql, expected) => {
  expect(await lineageOf(sql)).toEqual(expected);
});

test("what cannot be traced is told with its place, and only for the columns it concerns", async () => {
  expect(await lineageOf("select\n  a,\n  rowid + 1 as r\nfrom t")).toEqual({
    a: ["t.a IDENTITY"],
    r: ["1:1 rowid is no column of a table"],
    "*": [],
  });
});

test.each([
  ["select a,\n  nope from t", "warehouse/statement-failed", 2, 3],
  ["-- é\nselect a, nope from t", "warehouse/statement-failed", 2, 11],
  ["select a from", "warehouse/sql-syntax", 1, 14],
  ["describe t", "warehouse/sql-not-a-select", 1, 1],
])("%s is refused", async (sql, code, line, column) => {
  const failure = await columnLineage(engine, sql, "q.sql").catch((error: unknown) => error);
  expect(isMeshError(failure) && { code: failure.code, at: failure.at }).toEqual({
    code,
    at: { file: "q.sql", line, column },
  });
});
