import { expect, test } from "vitest";
import { splitStatements } from "./sql-statements.ts";

test.each([
  ["", []],
  [" -- only a comment ;\n /* and ; /* nested ; */ one */ ; ;", []],
  ["select 1", ["select 1"]],
  ["  select 1 ;\r\n", ["select 1"]],
  ["select 1; select 2;", ["select 1", "select 2"]],
  ["select ';' , \"a;b\", 'it''s;' ; select 2", ["select ';' , \"a;b\", 'it''s;'", "select 2"]],
  ["select $$ ; $$, $tag$ $$ ; $tag$; x", ["select $$ ; $$, $tag$ $$ ; $tag$", "x"]],
  ["select e'\\'; still' ; y", ["select e'\\'; still'", "y"]],
  ["select name'; still' ; y", ["select name'; still'", "y"]],
  ["select $1, $2; z", ["select $1, $2", "z"]],
  ["select 'never closed ; ", ["select 'never closed ;"]],
  ["select 1 /* never closed ; ", ["select 1 /* never closed ;"]],
  ["-- é ünïcode\nselect 'ß;' -- ;\n;b", ["select 'ß;' -- ;", "b"]],
])("%j holds %j", (sql, statements) => {
  expect(splitStatements(sql).map((statement) => statement.text)).toEqual(statements);
});

test("a statement starts at its first token", () => {
  expect(splitStatements("-- first\nselect 1;\n/* second */ select 2").map((statement) => statement.start)).toEqual([
    9, 32,
  ]);
});
