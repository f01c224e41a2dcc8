import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkProduct } from "./check-product.ts";
import { parseContract } from "./parse-contract.ts";

const course = readFileSync(new URL("../fixtures/course.odcs.yaml", import.meta.url), "utf8");

function verdict(text: string): string[] {
  const parsed = parseContract(text, "c.yaml");
  expect(parsed.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return checkProduct(parsed).map(({ line, column, rule }) => `${line}:${column} ${rule}`);
}

test("a product's contract that keeps the house rules passes", () => expect(verdict(course)).toEqual([]));

test.each([
  ["no domain", "domain: school\n", "", "1:1 house-domain-name"],
  ["a domain in capitals", "domain: school", "domain: School", "5:9 house-domain-name"],
  ["a product with underscores", "name: courses\n", "name: all_courses\n", "4:7 house-product-name"],
  ["a status of its own", "status: active", "status: live", "7:9 house-status"],
  ["no purpose", "  purpose: Every course the school gives.\n", "", "9:3 house-description"],
  ["an object in capitals", "    name: course\n", "    name: Course\n", "15:11 house-object-name"],
  ["a table called otherwise", "physicalName: courses", "physicalName: kurse", "16:19 house-table-name"],
  ["a column in capitals", "name: seats", "name: Seats", "42:15 house-column-name"],
  ["a column named like a condition", "name: seats", "name: not", "42:15 house-column-name"],
  ["a column without id", "      - id: seats\n        name: seats\n", "      - name: seats\n", "41:9 house-column-id"],
  ["a column without description", "        description: Price in euros.\n", "", "56:9 house-column-description"],
  [
    "a column without classification",
    "euros.\n        classification: internal\n",
    "euros.\n",
    "56:9 house-classification",
  ],
  [
    "a classification of its own",
    "euros.\n        classification: internal",
    "euros.\n        classification: secret",
    "61:25 house-classification",
  ],
  ["a column without type", "        logicalType: number\n", "", "56:9 house-column-type"],
  ["an array of anything", "        items:\n          logicalType: string\n", "", "65:22 house-column-type"],
  ["a physical type of another kind", "DECIMAL(9,2)", "VARCHAR", "59:23 house-physical-type"],
  ["a physical type that is SQL", "DECIMAL(9,2)", "DECIMAL(9,2); drop table x", "59:23 house-physical-type"],
  ["a decimal too wide", "DECIMAL(9,2)", "DECIMAL(39,2)", "59:23 house-physical-type"],
  ["no key", "        primaryKey: true\n", "", "14:5 house-key"],
  [
    "a key that may be null",
    "        primaryKey: true\n        required: true\n",
    "        primaryKey: true\n",
    "21:9 house-key-required",
  ],
  [
    "a key of arrays",
    "name: topics\n",
    "name: topics\n        primaryKey: true\n        required: true\n",
    /house-key-type/,
  ],
  [
    "a composite key without order",
    "name: level\n",
    "name: level\n        primaryKey: true\n",
    "21:9 house-key-position",
  ],
  [
    "a place in the key for a column outside",
    "name: seats\n",
    "name: seats\n        primaryKeyPosition: 1\n",
    "43:29 house-key-position",
  ],
  [
    "an enum of numbers",
    "          minimum: 0\n          maximum: 500\n",
    "          minimum: 0\n        enum: [{value: 5}]\n",
    "49:15 house-enum",
  ],
  ["an enum value without a GraphQL name", "value: advanced", 'value: "4.5"', "40:20 house-enum-name"],
  ["two enum values with one GraphQL name", "value: advanced", "value: Beginner", "40:20 house-enum-name"],
  ["a severity of its own", "severity: warning", "severity: bad", "55:23 house-quality-rule"],
  ["no promise of latency", "property: latency", "property: throughput", "82:3 house-latency"],
  ["a latency in parsecs", "unit: d", "unit: parsec", "84:11 house-promise-duration"],
  ["a latency of nothing", "value: 2\n", "value: 0\n", "83:12 house-promise-duration"],
])("%s", (_, from, to, expected) => {
  expect(course).toContain(from);
  expect(verdict(course.replace(from, () => to))).toContainEqual(
    typeof expected === "string" ? expected : expect.stringMatching(expected),
  );
});

test("a_1 and a1 are one GraphQL field", () => {
  const text = course.replace("name: seats\n", "name: fee_1\n").replace("name: fee\n", "name: fee1\n");
  expect(verdict(text)).toEqual(["57:15 house-field-name"]);
});

test("a map has no column to go to", () => {
  const text = course
    .replace("logicalType: array", "logicalType: map")
    .replace(
      "        items:\n          logicalType: string\n",
      "        map: {key: {logicalType: string}, value: {logicalType: string}}\n",
    );
  expect(verdict(text)).toEqual(["65:22 house-column-type"]);
});

test("a second object is another product", () => {
  expect(verdict(course.replace("slaProperties:", "  - name: other\nslaProperties:"))).toEqual([
    "81:5 house-one-object",
  ]);
});

test("a composite key is ordered by its positions", () => {
  const keyed = course
    .replace("primaryKey: true\n", "primaryKey: true\n        primaryKeyPosition: 2\n")
    .replace("name: level\n", "name: level\n        primaryKey: true\n        primaryKeyPosition: 1\n");
  expect(verdict(keyed)).toEqual([]);
  expect(verdict(keyed.replace("primaryKeyPosition: 1", "primaryKeyPosition: 2"))).toEqual([
    "36:29 house-key-position",
  ]);
  expect(verdict(keyed.replace("primaryKeyPosition: 1", "primaryKeyPosition: 3"))).toEqual([
    "36:29 house-key-position",
  ]);
});
