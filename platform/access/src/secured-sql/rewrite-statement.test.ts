import { parseSelect } from "@thoth/warehouse/analyse-sql";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { openScratchEngine } from "@thoth/warehouse/scratch-engine";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import { walkSqlTree } from "@thoth/warehouse/sql-tree";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isSameStatement, rewriteStatement, type Splice } from "./rewrite-statement.ts";

let engine: QueryEngine & AsyncDisposable;
beforeAll(async () => {
  engine = await openScratchEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

async function treesOf(sql: string): Promise<readonly unknown[]> {
  return (await parseSelect(engine, sql, "statement")).trees;
}

function splicesOf(trees: readonly unknown[]): Splice[] {
  const splices: Splice[] = [];
  const words = ({ catalog_name, schema_name, table_name }: SqlNode) =>
    [catalog_name, schema_name, table_name].filter((word) => word !== "").map(String);
  walkSqlTree(trees, {
    table: (node) =>
      splices.push({ node, offset: Number(node.query_location), words: words(node), by: ["s_1", "lib", "t"] }),
  });
  return splices;
}

const by = '"s_1"."lib"."t"';

test.each([
  ["select * from lib.t", `select * from ${by}`],
  ["from lib.t", `from ${by}`],
  ["table lib.t", `table ${by}`],
  ["select * from lib.t, lib.t as u", `select * from ${by}, ${by} as u`],
  ['select * from "lib"."t" x', `select * from ${by} x`],
  ["select * from LIB . /* a. */ T where true", `select * from ${by} where true`],
  ["select * from lib -- here\n.t", `select * from ${by}`],
  ["select 'é😀', \"ü\" from lib.t -- lib.t", `select 'é😀', "ü" from ${by} -- lib.t`],
  ["select 'lib.t' from mesh.lib.t as u(a)", `select 'lib.t' from ${by} as u(a)`],
  ["with t as (from lib.t) select * from t", `with t as (from ${by}) select * from t`],
  ["select (select 1 from lib.t) from lib.t", `select (select 1 from ${by}) from ${by}`],
  ['select * from "l""b"."t."', `select * from ${by}`],
])("%s", async (sql, expected) => {
  const trees = await treesOf(sql);
  const splices = splicesOf(trees);
  const rewritten = rewriteStatement(sql, splices);
  expect(rewritten?.text).toBe(expected);
  expect(isSameStatement(trees, await treesOf(expected), splices)).toBe(true);
  const bytes = (text: string, end: number) => Buffer.byteLength(text.slice(0, end), "utf8");
  const last = Math.max(sql.lastIndexOf("t") + 1, sql.lastIndexOf('"') + 1);
  const behind = expected.length - (sql.length - last);
  if (last < sql.length) expect(rewritten?.placeBefore(bytes(expected, behind))).toBe(bytes(sql, last));
});

test.each([
  ["select * from lib.t", 3],
  ["select * from lib.t", 18],
])("a name that does not stand where it should is not replaced: %s at %d", (sql, offset) => {
  const node = { type: "BASE_TABLE" };
  expect(rewriteStatement(sql, [{ node, offset, words: ["lib", "t"], by: ["a", "b", "c"] }])).toBeUndefined();
});

test.each([
  ["select * from lib.t", `select id from ${by}`],
  ["select * from lib.t", `select * from ${by} where true`],
  ["select * from lib.t", 'select * from "s_1"."lib"."u"'],
  ["select * from lib.t, x.y", `select * from ${by}, x.z`],
  ["select * from lib.t", `select * from ${by}, ${by}`],
])("%s is not the same statement as %s", async (before, after) => {
  const trees = await treesOf(before);
  const splices = splicesOf(trees).filter(({ words }) => words[0] === "lib");
  expect(isSameStatement(trees, await treesOf(after), splices)).toBe(false);
});
