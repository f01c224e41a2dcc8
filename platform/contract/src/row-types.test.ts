import { readFileSync } from "node:fs";
import { Ajv2019 } from "ajv/dist/2019.js";
import formats from "ajv-formats";
import { expect, test } from "vitest";
import { describeProduct } from "./describe-product.ts";
import { rowJsonSchema } from "./json-schema.ts";
import { readContract } from "./parse-contract.ts";
import type { ColumnModel, ProductModel } from "./product-model.ts";
import { generateRowTypes } from "./row-types.ts";

const file = "course.odcs.yaml";
const text = readFileSync(new URL(`../fixtures/${file}`, import.meta.url), "utf8");
const course = describeProduct(readContract(text, file), {
  file,
  readTarget: () => {
    throw new Error("the course refers to itself only");
  },
});

test("a row's type says what the engine hands over", async () => {
  const source = await generateRowTypes(course);
  const fields = source.split("\n").filter((line) => /^ {2}\w+\??: /.test(line));
  expect(source).toContain("export interface CourseRow {");
  expect(fields).toEqual([
    "  code: string;",
    '  level: "beginner" | "advanced";',
    "  seats: bigint | null;",
    "  fee: string;",
    "  topics: readonly (string | null)[] | null;",
    "  follows_code: string | null;",
  ]);
});

test("every kind of column has a type", async () => {
  const kinds: [string, Pick<ColumnModel, "logicalType" | "sqlType">][] = [
    ["day", { logicalType: "date", sqlType: "DATE" }],
    ["moment", { logicalType: "timestamp", sqlType: "TIMESTAMP WITH TIME ZONE" }],
    ["whole", { logicalType: "integer", sqlType: "INTEGER" }],
    ["huge", { logicalType: "integer", sqlType: "HUGEINT" }],
    ["share", { logicalType: "number", sqlType: "DOUBLE" }],
    ["flag", { logicalType: "boolean", sqlType: "BOOLEAN" }],
    ["anything", { logicalType: "object", sqlType: "JSON" }],
  ];
  const columns = kinds.map(([name, type]) => ({ ...columnOf("fee"), ...type, name, description: "ends */ here" }));
  const source = await generateRowTypes({ ...course, columns });
  expect([...source.matchAll(/^ {2}(\w+: .*);$/gm)].map(([, field]) => field)).toEqual([
    "day: string",
    "moment: string",
    "whole: number",
    "huge: bigint",
    "share: number",
    "flag: boolean",
    "anything: unknown",
  ]);
  expect(source).not.toContain("ends */");
});

function columnOf(name: string): ColumnModel {
  const column = course.columns.find((candidate) => candidate.name === name);
  if (!column) throw new Error(`no column ${name}`);
  return column;
}

const row = { code: "ABC12", level: "beginner", seats: 12, fee: "10.50", topics: ["maths", null], follows_code: null };

function isValid(model: ProductModel, value: unknown): boolean {
  const ajv = new Ajv2019({ strict: true, allowUnionTypes: true, strictTypes: false });
  formats.default(ajv);
  return ajv.compile(rowJsonSchema(model))(value);
}

test.each([
  [{}, true],
  [{ seats: null }, true],
  [{ seats: "9007199254740993" }, true],
  [{ seats: 501 }, false],
  [{ seats: "many" }, false],
  [{ code: null }, false],
  [{ code: "abc" }, false],
  [{ level: "middling" }, false],
  [{ fee: 10.5 }, false],
  [{ topics: "maths" }, false],
  [{ follows_code: undefined }, false],
  [{ colour: "red" }, false],
])("a served row with %j is valid: %s", (change, expected) => {
  const served = JSON.parse(JSON.stringify({ ...row, ...change })) as unknown;
  expect(isValid(course, served)).toBe(expected);
});
