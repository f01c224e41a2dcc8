import { expect, test } from "vitest";
import { sameKind } from "./type-kind.ts";

test.each([
  ["INTEGER", "BIGINT", true],
  ["UTINYINT", "HUGEINT", true],
  ["DECIMAL(18,3)", "DOUBLE", true],
  ["ENUM('a', 'b')", "VARCHAR", true],
  ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE", true],
  ["TIMESTAMP_NS", "TIMESTAMP", true],
  ['"NULL"', "DATE", true],
  ["INTEGER[]", "BIGINT[]", true],
  ["INTEGER[3]", "BIGINT[]", true],
  ['"NULL"[]', "VARCHAR[]", true],
  ["INTEGER[][]", "INTEGER[][]", true],
  ["STRUCT(a INTEGER)", "STRUCT(a INTEGER)", true],
  ["INTEGER", "DOUBLE", false],
  ["VARCHAR", "INTEGER", false],
  ["VARCHAR", "JSON", false],
  ["DATE", "TIMESTAMP", false],
  ["TIME", "TIMESTAMP", false],
  ["VARCHAR[]", "INTEGER[]", false],
  ["INTEGER[]", "INTEGER", false],
  ["INTEGER[][]", "INTEGER[]", false],
  ["STRUCT(a INTEGER)", "JSON", false],
  ["BOOLEAN", "INTEGER", false],
])("%s for %s: %s", (found, promised, same) => {
  expect(sameKind(found, promised)).toBe(same);
});
