import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds } from "./fixtures/kinds.ts";
import { openSqlDoor, type SqlDoor } from "./fixtures/sql-door.ts";

let door: SqlDoor;
let client: pg.Client;

beforeAll(async () => {
  door = await openSqlDoor({ products: [kinds] });
  client = await door.connect();
});
afterAll(async () => {
  await client?.end();
  await door?.[Symbol.asyncDispose]();
});

/** Values as they are sent, in Postgres' text form. */
const asTexts = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig;

describe("what was read finds its row when it is sent back", () => {
  test.each(Object.keys(kinds.columns))("%s", async (column) => {
    for (const id of [1, 2]) {
      const read = await client.query({
        text: `select ${column} from kinds where id = $1`,
        values: [id],
        types: asTexts,
      });
      const value = read.rows[0][column];
      const { rows } = await client.query(`select id from kinds where ${column} = $1 and id = $2`, [value, id]);
      expect(rows, value).toEqual([{ id }]);
    }
  });
});

describe("where the engine cannot tell what a value is", () => {
  test.each<[string, unknown[], unknown[]]>([
    ["select id from kinds where id = any($1) order by id", [[1, 2]], [1, 2]],
    ["select id from kinds where id = any($1)", [null], []],
    ["select id from kinds where id <> all($1)", [[1, 2]], [3]],
    ["select id from kinds where name = any($1)", [["", 'a "quoted" one']], [2]],
    ["select id from kinds where price = any($1)", [["-0.001", "1"]], [2]],
    ["select id from kinds where big = any($1)", [["9007199254740993"]], [1]],
    ["select id from kinds where big = any($1)", [["9007199254740992"]], []],
    ["select id from kinds where day = any($1)", [["2024-02-29"]], [1]],
    ["select id from kinds where moment = any($1)", [["2026-02-28 23:00:00.123456"]], [1]],
    ["select id from kinds where id = any($1) and concat(name, $2) <> $3 limit $4", [[1, 2], "a", "b", 5], [1, 2]],
    ["select date_trunc($1, day) = '2024-02-01' as id from kinds where id = $2", ["month", 1], [true]],
    ["select $1 as id", ["x"], ["x"]],
    ["select 10 + $1 as id", ["5"], ["15"]],
    ["select 10 * $1::double as id", ["1.5"], [15]],
  ])("%s with %j", async (text, values, ids) => {
    expect((await client.query(text, values)).rows.map(({ id }) => id)).toEqual(ids);
  });

  test.each([
    ["select id from kinds where id = $1", "1.5"],
    ["select price * $1 from kinds", "1.5"],
    ["select id from kinds limit $1", "one"],
  ])("%s takes no %s for a whole number", async (text, value) => {
    await expect(client.query(text, [value])).rejects.toMatchObject({
      code: "22P02",
      detail: "access/sql-parameter-value",
      message: expect.stringContaining(value),
      hint: expect.stringContaining("$1::DOUBLE"),
    });
  });

  test.each<[string, unknown[]]>([
    ["select id from kinds where id = any($1::bigint[])", ["1.5"]],
    ["select id from kinds where id = any($1::int[])", [1, null, "2", "1e0"]],
    ["select $1::smallint[][] as id", [["1"], ["0.4"]]],
  ])("%s takes no list with a fraction for one of whole numbers: %j", async (text, items) => {
    await expect(client.query(text, [items])).rejects.toMatchObject({
      code: "22P02",
      detail: "access/sql-parameter-value",
      message: expect.stringMatching(/is no (BIG|SMALL)?INT(EGER)?(\[\])+: "(1\.5|1e0|0\.4)"/),
      hint: expect.stringContaining("$1::DOUBLE[]"),
    });
  });

  test.each([
    [
      "select ($1::struct(a integer, b varchar)).a",
      "{'a': 1.5, 'b': '2.5'}",
      'STRUCT("a" INTEGER, "b" VARCHAR)',
      "1.5",
    ],
    ["select ($1::struct(a struct(b bigint)[])).a", "{'a': [{'b': 1}, {'b': 0.4}]}", "BIGINT", "0.4"],
    ["select $1::map(varchar, smallint)", "{x=1, y=-2.5}", "MAP(VARCHAR, SMALLINT)", "-2.5"],
    ["select $1::map(integer, varchar)", "{1.5=x}", "MAP(INTEGER, VARCHAR)", "1.5"],
    ["select $1::integer[2]", "[1, 2.5]", "INTEGER", "2.5"],
    ["select id from kinds where $1 = {'a': id}", "{'a': 1.5}", "BIGINT|INTEGER", "1.5"],
  ])("%s takes no fraction inside of %s for a whole number", async (text, value, type, fraction) => {
    const failure = await client.query(text, [value]).catch((error: pg.DatabaseError) => error);
    expect(failure).toMatchObject({ code: "22P02", detail: "access/sql-parameter-value" });
    const { message, hint } = failure as pg.DatabaseError;
    expect(message).toMatch(
      type.includes("(") ? `is no ${type}: "${fraction}"` : new RegExp(`${type}.*: "${fraction}"`),
    );
    expect(hint).toContain("DECIMAL(18,3)");
  });

  test.each([
    ["select $1::struct(a integer, b double) as id", "{'a': 1, 'b': 1.5}", '{"a":1,"b":1.5}'],
    ["select $1::struct(a integer) as id", "{'a': NULL}", '{"a":null}'],
    ["select $1::map(varchar, decimal(9,2))::varchar as id", "{x=1.25}", "{x=1.25}"],
    ["select ($1::integer[2])::varchar as id", "[1, 2]", "[1, 2]"],
  ])("%s takes %s", async (text, value, read) => {
    const { rows } = await client.query({ text, values: [value], types: asTexts });
    expect(rows).toEqual([{ id: read }]);
  });

  test.each([
    ["{}", []],
    ["{ 1 , +3,null}", [1, 3]],
  ])("%s is a list of whole numbers", async (list, ids) => {
    const { rows } = await client.query("select id from kinds where id = any($1::bigint[]) order by id", [list]);
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });
});

test.each([
  ["select $1", []],
  ["select id from kinds where id = $1 and name = $2", ["1"]],
  ["select relname from pg_class where relname = $1", ["a", "b"]],
  ["declare c cursor with hold for select $1", []],
])("%s is refused with %j: a value is missing, or there is one too many", async (text, values) => {
  await expect(client.query(text, values)).rejects.toMatchObject({
    code: "08P01",
    detail: "gateway/sql-parameter-count",
    hint: expect.stringContaining("$1, $2"),
  });
});

test("no column is called after the views that a statement reads", async () => {
  for (const text of [
    "select *, 1, * from (select (select count(*) from kinds))",
    "select * from (select exists (select 1 from kinds where id > 1)) union all select true",
  ]) {
    const { fields } = await client.query(text);
    for (const { name } of fields) expect(name).not.toMatch(/\bs_\d/);
  }
});

test.each([
  ["select count(*), sum(id), max(name) from kinds", ["count", "sum", "max"]],
  [
    'select count(*)::int, upper(name), name as "upper(name)" from kinds group by name',
    ["count", "upper", "upper(name)"],
  ],
  [
    "select (select count(*) from kinds), '1'::text, 1 + 1, *, 2 from (select 1 as x)",
    ["count", "text", "?column?", "x", "?column?"],
  ],
])("the columns of %s are called as Postgres would call them", async (text, names) => {
  expect((await client.query(text)).fields.map(({ name }) => name)).toEqual(names);
});
