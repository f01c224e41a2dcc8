import { parseContract } from "@thoth/contract/parse-contract";
import { expect, test } from "vitest";
import type { CleanColumn } from "./clean-columns.ts";
import { productColumns } from "./product-columns.ts";

const column = (name: string, type: string, sqlName = name): CleanColumn => ({ name, type, sqlName });

test.each([
  ["SMALLINT", "logicalType: integer", "x"],
  ["INTEGER", "logicalType: integer", "x"],
  ["BIGINT", "logicalType: integer, logicalTypeOptions: { format: i64 }", "x"],
  ["UBIGINT", "logicalType: integer, logicalTypeOptions: { format: i128 }", "x"],
  ["DOUBLE", "logicalType: number", "x"],
  ["DECIMAL(9,2)", 'logicalType: number, physicalType: "DECIMAL(9,2)"', "x"],
  ["VARCHAR", "logicalType: string", "x"],
  ["BOOLEAN", "logicalType: boolean", "x"],
  ["DATE", "logicalType: date", "x"],
  ["TIME", "logicalType: time", "x"],
  ["TIMESTAMP WITH TIME ZONE", "logicalType: timestamp", "x"],
  ["TIMESTAMP", "logicalType: timestamp, physicalType: TIMESTAMP", "x"],
  ["JSON", "logicalType: object", "x"],
  ["VARCHAR[]", "logicalType: array, items:,   logicalType: string", "x"],
  ["STRUCT(a INTEGER)", "logicalType: object", "to_json(x) as x"],
  ["INTEGER[][]", "logicalType: object", "to_json(x) as x"],
  ["INTERVAL", "logicalType: string", "x::varchar as x"],
  ["ENUM('a', 'b')", "logicalType: string", "x::varchar as x"],
  ["BLOB", "logicalType: string", "x::varchar as x"],
])("%s is promised as %s", (type, types, select) => {
  const [promised] = productColumns([column("x", type)], []);
  const said = promised?.property.slice(
    2,
    promised.property.findIndex((line) => line.includes("description:")),
  );
  expect(said?.map((line) => line.slice(2)).join(", ")).toBe(types);
  expect(promised?.select).toBe(select);
});

test("key columns keep their order and are required; the others say what null means", () => {
  const [a, b, c] = productColumns([column("a", "DATE"), column("b", "DATE"), column("c", "DATE")], ["b", "a"]);
  expect([a?.keyPosition, b?.keyPosition, c?.keyPosition]).toEqual([2, 1, 0]);
  expect(b?.property).toEqual([
    "- id: b",
    "  name: b",
    "  logicalType: date",
    "  description: Say here what b is.",
    "  primaryKey: true",
    "  primaryKeyPosition: 1",
    "  required: true",
    "  classification: internal",
  ]);
  expect(c?.property).toContain("  description: Say here what c is, its unit, and what null stands for.");
});

test.each([
  ["Loan ID", '"Loan ID"', "loan_id", '"Loan ID" as loan_id'],
  ["order", '"order"', "order", '"order" as order'],
  ["not", '"not"', "value_not", '"not" as value_not'],
  ["2024", '"2024"', "value_2024", '"2024" as value_2024'],
])("%s gets a name that contract and GraphQL take", (name, sqlName, promisedName, select) => {
  const [promised] = productColumns([column(name, "INTEGER", sqlName)], []);
  expect(promised).toMatchObject({ name: promisedName, select });
});

test("what is written is YAML of the standard", () => {
  const types = ["BIGINT", "DECIMAL(9,2)", "VARCHAR[]", "STRUCT(a INTEGER)", "TIMESTAMP"];
  const columns = productColumns(
    types.map((type, index) => column(`c${index}`, type)),
    ["c0"],
  );
  const properties = columns.flatMap(({ property }) => property.map((line) => `      ${line}`));
  const head =
    "apiVersion: v3.2.0\nkind: DataContract\nid: x\nversion: 0.1.0\nstatus: draft\nschema:\n  - name: x\n    logicalType: object\n    properties:";
  const { findings } = parseContract(`${head}\n${properties.join("\n")}\n`, "contract.odcs.yaml");
  expect(findings.filter((finding) => finding.severity === "error")).toEqual([]);
});
