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
    ["select $1::smallint[][] as id", [[["1"], ["0.4"]]]],
  ])("%s takes no list with a fraction for one of whole numbers: %j", async (text, items) => {
    await expect(client.query(text, [items])).rejects.toMatchObject({
      code: "22P02",
      detail: "access/sql-parameter-value",
      message: expect.stringMatching(/is no (BIG|SMALL)?INT(EGER)?(\[\])+: "(1\.5|1e0|0\.4)"/),
      hint: expect.stringContaining("$1::DOUBLE[]"),
    });
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

test.each([
  ["select count(*), sum(id), max(name) from kinds", ["count", "sum", "max"]],
  [
    'select count(*)::int, upper(name), name as "upper(name)" from kinds group by name',
    ["count", "upper", "upper(name)"],
  ],
])("the columns of %s are called as Postgres would call them", async (text, names) => {
  expect((await client.query(text)).fields.map(({ name }) => name)).toEqual(names);
});
