import type { ProductModel } from "@thoth/contract/product-model";
import { parseSelect } from "@thoth/warehouse/analyse-sql";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { openScratchEngine } from "@thoth/warehouse/scratch-engine";
import { type SqlNode, walkSqlTree } from "@thoth/warehouse/sql-tree";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ReadTable, statementReads } from "./statement-reads.ts";

let engine: QueryEngine & AsyncDisposable;
beforeAll(async () => {
  engine = await openScratchEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

function product(tableName: string, ...columns: readonly string[]): ReadTable {
  const model = { catalogName: "library", tableName, id: `library/${tableName}` } as ProductModel;
  return { model, columns: columns.map((name) => ({ name })) };
}

test("of columns that are hidden those are meant that are named", async () => {
  const loans: ReadTable = { ...product("loans", "id", "amount"), hidden: [{ name: "reader_id" }] };
  const readsOf = async (statement: string) => {
    const { trees } = await parseSelect(engine, statement, "statement");
    const places = new Map<SqlNode, ReadTable>();
    walkSqlTree(trees, { table: (node) => void places.set(node, loans) });
    return statementReads(trees, places).get(loans);
  };
  expect(await readsOf("select * from loans")).toEqual(["amount", "id"]);
  expect(await readsOf("select id from loans where READER_ID = 1")).toEqual(["id", "reader_id"]);
  expect(await readsOf("select *, l.reader_id from loans l")).toEqual(["amount", "id", "reader_id"]);
});

const products = [product("loans", "id", "amount", "reader_id"), product("readers", "id", "age")];
const all = ["amount", "id", "reader_id"];

test.each<[string, readonly string[], readonly string[] | undefined]>([
  ["select id from library.product.loans", ["id"], undefined],
  ["select count(*) from library.product.loans", [], undefined],
  ["select * from library.product.loans", all, undefined],
  ["from library.product.loans", all, undefined],
  ["select columns('a.*') from library.product.loans", all, undefined],
  ["select AMOUNT from Library.Product.Loans where Id > 1 order by reader_id", all, undefined],
  ["select l.id from library.product.loans l group by all having max(l.amount) > 1", ["amount", "id"], undefined],
  [
    "select 1 from library.product.loans l join library.product.readers r on r.id = l.reader_id",
    ["id", "reader_id"],
    ["id"],
  ],
  ["select l.*, r.age from library.product.loans l join library.product.readers r using (id)", all, ["age", "id"]],
  ["select age from library.product.loans natural join library.product.readers", all, ["age", "id"]],
  ["select l from library.product.loans l", all, undefined],
  ["select to_json(loans) from library.product.loans", all, undefined],
  ["select #2 from library.product.loans", all, undefined],
  [
    "select id from library.product.loans where #1 > (select max(age) from library.product.readers)",
    all,
    ["age", "id"],
  ],
  ["select amount.abs() from library.product.loans", ["amount"], undefined],
  ["select l.amount.abs() over (partition by l.id.abs()) from library.product.loans l", ["amount", "id"], undefined],
  ["select main.abs(amount) from library.product.loans", ["amount"], undefined],
  ["with few as (select amount from library.product.loans) select * from few", ["amount"], undefined],
  ["select s.* from (select age from library.product.readers) s", [], ["age"]],
  [
    "select amount from library.product.loans where exists (from library.product.readers r where r.age > 9)",
    ["amount"],
    ["age", "id"],
  ],
  ["select id from library.product.loans union all select age from library.product.readers", ["id"], ["age", "id"]],
  ["select 1", [], undefined],
])("%s", async (statement, loans, readers) => {
  const { trees } = await parseSelect(engine, statement, "statement");
  const places = new Map<SqlNode, ReadTable>();
  walkSqlTree(trees, {
    table: (node) => {
      const read = products.find(({ model }) => model.tableName === String(node.table_name).toLowerCase());
      if (read !== undefined) places.set(node, read);
    },
  });
  const reads = [...statementReads(trees, places)];
  const found = Object.fromEntries(reads.map(([{ model }, columns]) => [model.tableName, columns]));
  expect(found.loans ?? []).toEqual(loans);
  expect(found.readers).toEqual(readers);
});
