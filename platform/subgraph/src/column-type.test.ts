import { expect, test } from "vitest";
import { columnType, sumType } from "./column-type.ts";

test.each([
  ["VARCHAR", "string", "VARCHAR"],
  ["varchar(20)", "string", "VARCHAR"],
  ["TINYINT", "int", "TINYINT"],
  ["INTEGER", "int", "INTEGER"],
  ["UINTEGER", "bigint", "UINTEGER"],
  ["BIGINT", "bigint", "BIGINT"],
  ["HUGEINT", "bigint", "HUGEINT"],
  ["decimal(9, 2)", "decimal", "DECIMAL(9,2)"],
  ["NUMERIC", "decimal", "DECIMAL(18,3)"],
  ["REAL", "float", "FLOAT"],
  ["TIMESTAMP WITH TIME ZONE", "timestamp", "TIMESTAMP WITH TIME ZONE"],
  ["timestamptz", "timestamp", "TIMESTAMP WITH TIME ZONE"],
  ["TIMESTAMP_MS", "timestamp", "TIMESTAMP_MS"],
  ["TIME", "time", "TIME"],
  ["JSON", "json", "JSON"],
  ["STRUCT(a INTEGER, b VARCHAR)", "json", "JSON"],
  ["MAP(VARCHAR, INTEGER)", "json", "JSON"],
  ["DATE[]", "list", "DATE[]"],
  ["INTEGER[3]", "list", "INTEGER[]"],
  ["VARCHAR[][]", "json", "JSON"],
  ["UUID", "string", "VARCHAR"],
  ["BLOB", "string", "VARCHAR"],
  ["VARCHAR); drop table t; --", "string", "VARCHAR"],
])("%s is read as %s and cast as %s", (sqlType, kind, cast) => {
  expect(columnType({ sqlType })).toMatchObject({ kind, sqlType: cast });
});

test("an enum needs values and text", () => {
  expect(columnType({ sqlType: "VARCHAR", enumValues: ["a"] })).toMatchObject({ kind: "enum", values: ["a"] });
  expect(columnType({ sqlType: "VARCHAR", enumValues: [] })).toMatchObject({ kind: "string" });
  expect(columnType({ sqlType: "INTEGER", enumValues: ["1"] })).toMatchObject({ kind: "int" });
});

test.each([
  ["SMALLINT", "HUGEINT"],
  ["BIGINT", "HUGEINT"],
  ["DECIMAL(9,2)", "DECIMAL(38,2)"],
  ["FLOAT", "DOUBLE"],
  ["UHUGEINT", "DOUBLE"],
])("the sum of %s is %s", (sqlType, sum) => {
  expect(sumType(columnType({ sqlType })).sqlType).toBe(sum);
});
