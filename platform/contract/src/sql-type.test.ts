import { expect, test } from "vitest";
import type { Property } from "./generated/odcs.ts";
import { sqlType } from "./sql-type.ts";

const cases: [Property, string | undefined][] = [
  [{ logicalType: "string" }, "VARCHAR"],
  [{ logicalType: "date" }, "DATE"],
  [{ logicalType: "timestamp" }, "TIMESTAMP WITH TIME ZONE"],
  [{ logicalType: "time" }, "TIME"],
  [{ logicalType: "boolean" }, "BOOLEAN"],
  [{ logicalType: "object" }, "JSON"],
  [{ logicalType: "number" }, "DOUBLE"],
  [{ logicalType: "number", logicalTypeOptions: { format: "f32" } }, "FLOAT"],
  [{ logicalType: "integer" }, "INTEGER"],
  [{ logicalType: "integer", logicalTypeOptions: { format: "i16" } }, "INTEGER"],
  [{ logicalType: "integer", logicalTypeOptions: { format: "i64" } }, "BIGINT"],
  [{ logicalType: "integer", logicalTypeOptions: { format: "i128" } }, "HUGEINT"],
  [{ logicalType: "integer", logicalTypeOptions: { format: "u16" } }, "INTEGER"],
  [{ logicalType: "integer", logicalTypeOptions: { format: "u32" } }, "BIGINT"],
  [{ logicalType: "integer", logicalTypeOptions: { format: "u64" } }, "HUGEINT"],
  [{ logicalType: "string", logicalTypeOptions: { format: "uuid" } }, "VARCHAR"],
  [{ logicalType: "number", physicalType: "decimal( 9 , 2 )" }, "DECIMAL(9,2)"],
  [{ logicalType: "number", physicalType: "NUMERIC(18)" }, "DECIMAL(18,0)"],
  [{ logicalType: "number", physicalType: "DECIMAL" }, "DECIMAL(18,3)"],
  [{ logicalType: "number", physicalType: "DECIMAL(4,5)" }, undefined],
  [{ logicalType: "string", physicalType: "varchar(18)" }, "VARCHAR"],
  [{ logicalType: "timestamp", physicalType: "timestamptz" }, "TIMESTAMP WITH TIME ZONE"],
  [{ logicalType: "integer", physicalType: "bigint" }, "BIGINT"],
  [{ logicalType: "integer", physicalType: "VARCHAR" }, undefined],
  [{ logicalType: "string", physicalType: 'VARCHAR); drop table "x' }, undefined],
  [{ logicalType: "array", items: { logicalType: "string" } }, "VARCHAR[]"],
  [{ logicalType: "array", items: { logicalType: "array", items: { logicalType: "integer" } } }, "INTEGER[][]"],
  [{ logicalType: "array", physicalType: "bigint[]", items: { logicalType: "integer" } }, "BIGINT[]"],
  [{ logicalType: "array", physicalType: "BIGINT", items: { logicalType: "integer" } }, undefined],
  [{ logicalType: "array" }, undefined],
  [{ logicalType: "map" }, undefined],
  [{ logicalType: "vector" }, undefined],
  [{}, undefined],
];

test.each(cases)("%j is stored as %s", (property, expected) => expect(sqlType(property)).toBe(expected));
