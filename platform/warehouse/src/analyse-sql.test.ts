import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyseSql } from "./analyse-sql.ts";
import { tableName } from "./authorise-reads.ts";
import type { QueryEngine } from "./query-engine.ts";
import { openScratchEngine } from "./scratch-engine.ts";

let engine: QueryEngine & AsyncDisposable;
beforeAll(async () => {
  engine = await openScratchEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

const tablesOf = async (sql: string) => (await analyseSql(engine, sql, "q.sql")).tables.map(tableName);

describe("tables", () => {
  test.each<[string, string, string[]]>([
    ["no table", "select 1", []],
    ["one", "select * from raw.tasks", ["raw.tasks"]],
    ["FROM first", "from raw.tasks select id", ["raw.tasks"]],
    ["TABLE", "table clean.units", ["clean.units"]],
    ["VALUES", "values (1, 'a'), (2, (select max(x) from raw.m))", ["raw.m"]],
    ["three parts", "from ontrack_learning.product.units", ["ontrack_learning.product.units"]],
    ["quoted names", 'from "Raw"."we""ird.name"', ['raw.we"ird.name']],
    [
      "joins of every kind",
      "from a.b join c.d using (x) asof join e.f using (y) positional join g.h, i.j",
      ["a.b", "c.d", "e.f", "g.h", "i.j"],
    ],
    ["a name in a common table expression", "with t as (from raw.a) from t, raw.b", ["raw.a", "raw.b"]],
    ["a chain of them", "with t as (from raw.a), u as materialized (from t) from u join T using (x)", ["raw.a"]],
    ["one that shadows a table reads the table inside", "with tasks as (from tasks) from tasks", ["tasks"]],
    ["one that comes later is not visible before", "with t as (from u), u as (from raw.a) from t", ["u", "raw.a"]],
    [
      "one inside a subquery is not visible outside",
      "select * from (with t as (from raw.a) from t), t",
      ["raw.a", "t"],
    ],
    [
      "the inner of two with one name",
      "with t as (from raw.a) from (with t as (from raw.b) from t), t",
      ["raw.a", "raw.b"],
    ],
    ["a schema makes it a table", "with t as (select 1) from raw.t", ["raw.t"]],
    [
      "recursion",
      "with recursive r(n) as (select 1 from raw.s union all select n + 1 from r where n < 5) from r",
      ["raw.s"],
    ],
    [
      "recursion using key",
      "with recursive r(n, m) using key (n) as (select 1, 2 union select n + 1, 3 from recurring.r) from r",
      [],
    ],
    [
      "a correlated subquery",
      "select (select max(u.x) from raw.u u where u.id = t.id) from raw.t t",
      ["raw.u", "raw.t"],
    ],
    [
      "IN, ANY, EXISTS",
      "from raw.t where a in (from raw.u) and b = any(from raw.v) and exists (from raw.w)",
      ["raw.t", "raw.u", "raw.v", "raw.w"],
    ],
    [
      "set operations",
      "from raw.a union all by name from raw.b intersect from raw.c except from raw.d",
      ["raw.a", "raw.b", "raw.c", "raw.d"],
    ],
    ["lateral joins", "from raw.t left join lateral (from raw.u where u.x = t.x) on true", ["raw.t", "raw.u"]],
    ["pivot with its values", "pivot raw.t on kind in ('a', 'b') using sum(x) group by y", ["raw.t"]],
    ["unpivot", "unpivot raw.t on a, b into name k value v", ["raw.t"]],
    ["pivot in a subquery", "from (pivot (from raw.t) on k in (1, 2) using count(*))", ["raw.t"]],
    [
      "everywhere an expression may stand",
      "select distinct on ((select 1 from a.a)) sum(x) filter (where y in (from a.b)) from a.c group by all having count(*) > (from a.d) qualify row_number() over (order by (from a.e)) = 1 order by (from a.f) limit (from a.g) offset (from a.h)",
      ["a.a", "a.b", "a.c", "a.d", "a.e", "a.f", "a.g", "a.h"],
    ],
    [
      "inside lambdas and list comprehensions",
      "select list_transform(l, lambda x: x + (select max(y) from a.a)), [z for z in l if z in (from a.b)] from a.c",
      ["a.a", "a.b", "a.c"],
    ],
    ["a file name in place of a table", "from 'people.csv'", ["people.csv"]],
    ["the same table twice", "from raw.t a join raw.t b using (x)", ["raw.t", "raw.t"]],
    ["a sample", "from raw.t tablesample 10%", ["raw.t"]],
    ["a closing semicolon and comments", "-- what it is\nfrom raw.t; -- done\n", ["raw.t"]],
  ])("%s", async (_, sql, tables) => {
    expect(await tablesOf(sql)).toEqual(tables);
  });
});

test("the statement is what may follow CREATE TABLE AS", async () => {
  const { statement } = await analyseSql(engine, "/* head */ select ';' as x -- tail\n ;\n-- end", "q.sql");
  expect(statement).toBe("select ';' as x -- tail");
});

test("what is called without parentheses, as the clock is, is a function, and a column of a table is none", async () => {
  const sql = "select current_date, CURRENT_TIMESTAMP, t.current_time, name from raw.t where localtime > '9:00'";
  const { functions } = await analyseSql(engine, sql, "q.sql");
  expect(functions.map((call) => call.name)).toEqual(["current_date", "current_timestamp", "localtime"]);
});

test("functions, aggregates, windows and macros are listed, operators are not", async () => {
  const sql =
    "select Sum(a + b), lag(c) over (order by d), x.y.upper(), pseudonym(e), [f][1] from raw.t, unnest(t.l), range(3)";
  const { functions, tableFunctions } = await analyseSql(engine, sql, "q.sql");
  expect(functions.map((call) => call.name)).toEqual(["sum", "lag", "upper", "pseudonym", "list_value"]);
  expect(tableFunctions.map((call) => call.name)).toEqual(["unnest", "range"]);
});

test.each([
  ["from raw.a, raw.b", 1, 13],
  ["select 'é', 'ñ'\nfrom raw.a\n  join raw.b using (x)", 3, 8],
  ["-- 😀\r\nselect '€',\r\n  (select '😀' from raw.a) from\r\n\traw.b", 4, 2],
  ["select '日本語' from raw.a where '😀' in (from raw.b)", 1, 45],
])("in %j the last table stands at %d:%d", async (sql, line, column) => {
  const { tables } = await analyseSql(engine, sql, "q.sql");
  expect(tables.at(-1)).toEqual({ schema: "raw", table: tables.at(-1)?.table, line, column });
  expect(sql.split(/\r\n|\n/)[line - 1]?.slice(column - 1)).toMatch(/^raw\./);
});

test.each([
  ["selct 1", "sql-syntax", 1, 1],
  ["select 'é' as a,\r\n       from from raw.t", "sql-syntax", 2, 13],
  ["select (1", "sql-syntax", 1, 10],
  ["select 1 ,, 2", "sql-syntax", 1, 11],
  ["select 'open", "sql-syntax", 1, 8],
  ["with x as (insert into raw.t values (1) returning *) from x", "sql-syntax", 1, 1],
  ["", "sql-not-a-select", 1, 1],
  ["-- nothing here", "sql-not-a-select", 1, 1],
  ["-- é\n  insert into raw.t values (1)", "sql-not-a-select", 2, 3],
  ["create table raw.t as select 1", "sql-not-a-select", 1, 1],
  ["attach 'x.duckdb'", "sql-not-a-select", 1, 1],
  ["copy (select 1) to 'x.csv'", "sql-not-a-select", 1, 1],
  ["pragma database_list", "sql-not-a-select", 1, 1],
  ["set threads = 1", "sql-not-a-select", 1, 1],
  ["call checkpoint()", "sql-not-a-select", 1, 1],
  ["explain select 1", "sql-not-a-select", 1, 1],
  ["describe raw.t", "sql-not-a-select", 1, 1],
  ["summarize raw.t", "sql-not-a-select", 1, 1],
  ["show tables", "sql-not-a-select", 1, 1],
  ["select * from (show databases)", "sql-not-a-select", 1, 1],
  ["\n pivot raw.t on kind using sum(x)", "sql-not-a-select", 2, 2],
  ["with p as (pivot raw.t on kind using sum(x)) from p", "sql-not-a-select", 1, 1],
  ["select ';';\n\n  select '2'; select 3", "sql-several-statements", 3, 3],
  ["select 1; drop table raw.t", "sql-several-statements", 1, 11],
])("%j is refused as %s at %d:%d", async (sql, code, line, column) => {
  await expect(analyseSql(engine, sql, "domains/d/clean/q.sql")).rejects.toMatchObject({
    code: `warehouse/${code}`,
    at: { file: "domains/d/clean/q.sql", line, column },
    hint: expect.stringMatching(/\w/),
  });
});

test("a pivot over whatever values there are says how to list them", async () => {
  const refused = analyseSql(engine, "from (pivot raw.t on kind using sum(x))", "q.sql");
  await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining("on c in ('a', 'b')") });
});
