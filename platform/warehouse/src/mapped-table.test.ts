import { afterAll, beforeAll, expect, test } from "vitest";
import { type MappedTable, mappedSelect } from "./mapped-table.ts";
import type { QueryEngine } from "./query-engine.ts";
import { openScratchEngine } from "./scratch-engine.ts";

let engine: QueryEngine & AsyncDisposable;
const reads = { catalog: "shop", schema: "product", table: "takings_v2" };
const source = { reads, within: ["there", "main"] };
const columns = [
  { name: "item", sqlType: "VARCHAR" },
  { name: "cents", sqlType: "BIGINT" },
];

beforeAll(async () => {
  engine = await openScratchEngine();
  await engine.query("attach ':memory:' as there");
  await engine.query("create table there.main.takings_v2 as select 'tea' as code, 250::integer as cents");
});

afterAll(() => engine[Symbol.asyncDispose]());

function mapped(sql: string): MappedTable {
  return { table: "takings", query: { file: "previous/v1.sql", sql }, columns };
}

test.each([
  ["plainly", "select code as item, cents from shop.product.takings_v2"],
  ["under an alias", "select t.code as item, t.cents from shop.product.takings_v2 as t"],
  ["with columns qualified by the table", "select takings_v2.code as item, cents from shop.product.takings_v2"],
  ["with quotes, capitals and spaces", 'select code as item, cents from "shop" . PRODUCT . "takings_v2";'],
  [
    "behind comments and wide characters",
    "-- é 😀\r\n/* ; */ select code as item,\r\n '😀'='😀' as x, cents from shop.product.takings_v2",
  ],
  ["in a common table expression", "with t as (from shop.product.takings_v2) select code as item, cents from t"],
  [
    "twice",
    "select a.code as item, b.cents from shop.product.takings_v2 a join shop.product.takings_v2 b on a.code = b.code",
  ],
  [
    "with its name in a text",
    "select code as item, cents from shop.product.takings_v2 where 'shop.product.takings_v2' <> code",
  ],
  [
    "with columns in another order and more of them",
    "select 1 as more, cents, code as item from shop.product.takings_v2",
  ],
])("a table that is read %s is read where it really lies, cast and in order", async (_, sql) => {
  const select = await mappedSelect(engine, mapped(sql), source);
  expect(await engine.query(select)).toEqual([{ item: "tea", cents: 250n }]);
});

test.each([
  ["another table", "select 'x' as item, 1 as cents from shop.product.takings", "warehouse/mapping-reads", 1, 37],
  ["the table of another catalog", "from there.main.takings_v2", "warehouse/mapping-reads", 1, 6],
  ["a table without its catalog", "from takings_v2", "warehouse/mapping-reads", 1, 6],
  ["a file", "from 'takings.csv'", "warehouse/mapping-reads", 1, 6],
  ["a function that reads files", "from read_csv('takings.csv')", "warehouse/function-refused", 1, 6],
  ["a name in pieces", "from shop./* */product.takings_v2", "warehouse/mapping-name", 1, 6],
])("reading %s is refused at its place", async (_, sql, code, line, column) => {
  await expect(mappedSelect(engine, mapped(sql), source)).rejects.toMatchObject({
    code,
    at: { file: "previous/v1.sql", line, column },
  });
});
