import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2019 } from "ajv/dist/2019.js";
import formats from "ajv-formats";
import { expect, test } from "vitest";
import type { DataContract, Property } from "../generated/odcs.ts";
import { parseContract, readContract } from "../parse-contract.ts";
import { lowerContract, odcs31Text } from "./odcs-3-1.ts";

const contract = (more: Partial<DataContract>): DataContract => ({
  apiVersion: "v3.2.0",
  kind: "DataContract",
  id: "one",
  version: "1.0.0",
  status: "active",
  ...more,
});

const withColumn = (column: Property) =>
  contract({ schema: [{ name: "t", properties: [{ name: "c", logicalType: "string", ...column }] }] });

const lowered = (column: Property) => {
  const { schema } = lowerContract(withColumn(column)).contract as unknown as DataContract;
  return schema?.[0]?.properties?.[0];
};

test.each<[string, Property, object]>([
  [
    "synonyms",
    { synonyms: [{ synonym: "code" }] },
    { customProperties: [{ property: "synonyms", value: [{ synonym: "code" }] }] },
  ],
  [
    "what is deprecated, beside properties that were there",
    { deprecated: true, customProperties: [{ property: "unit", value: "minutes" }] },
    {
      customProperties: [
        { property: "unit", value: "minutes" },
        { property: "deprecated", value: true },
      ],
    },
  ],
  [
    "a closed list of values, which becomes a rule as well",
    { enum: [{ value: "a", label: "A" }, { value: "b" }] },
    {
      customProperties: [{ property: "enum", value: [{ value: "a", label: "A" }, { value: "b" }] }],
      quality: [{ metric: "invalidValues", arguments: { validValues: ["a", "b"] }, mustBe: 0 }],
    },
  ],
  [
    "a map",
    { logicalType: "map", map: { key: { logicalType: "string" }, value: { logicalType: "integer" } } },
    { logicalType: "object", customProperties: [{ property: "logicalType", value: "map" }, { property: "map" }] },
  ],
  [
    "a vector",
    { logicalType: "vector", logicalTypeOptions: { dimensions: 3 } },
    { logicalType: "array", items: { logicalType: "number" } },
  ],
  [
    "an exclusive limit of 3.0",
    { logicalType: "number", logicalTypeOptions: { minimum: 0, exclusiveMinimum: true, maximum: 9 } },
    { logicalTypeOptions: { exclusiveMinimum: 0, maximum: 9 } },
  ],
  [
    "what is inside of a list",
    { logicalType: "array", items: { logicalType: "string", semanticType: "dimension" } },
    { items: { customProperties: [{ property: "semanticType", value: "dimension" }] } },
  ],
])("%s", (_, column, expected) => {
  expect(lowered(column)).toMatchObject(expected);
  const old = ["synonyms", "deprecated", "semanticType", "enum", "map"];
  expect(old.filter((key) => Object.keys(lowered(column) ?? {}).includes(key))).toEqual([]);
});

const everything = contract({
  context: { instructions: "Ask by week." },
  schema: [
    {
      name: "t",
      synonyms: [{ synonym: "u" }],
      context: "one row a week",
      properties: [
        { name: "c", logicalType: "string", enum: [{ value: "a" }], relationships: [{ id: "r", to: "t.c" }] },
        { name: "v", logicalType: "vector", logicalTypeOptions: { dimensions: 3, elementType: "float32" } },
      ],
      relationships: [{ id: "s", from: ["t.c"], to: ["t.c"] }],
      customProperties: [{ property: "x", value: 1, vendor: "us" }],
    },
  ],
  servers: [
    { server: "h", type: "hana", host: "h", port: 1 },
    { server: "p", type: "postgres", host: "h", port: "${PORT}", database: "d", schema: "s" },
  ],
  slaProperties: [
    { property: "latency", value: 1, unit: "d", customProperties: [{ property: "objective", value: 0.9 }] },
  ],
});

test("what has no place is named at the head of the file", () => {
  const { left } = lowerContract(everything);
  expect(left).toEqual(["t.customProperties.x.vendor", "slaProperties.latency.customProperties"]);
  expect(odcs31Text(everything)).toMatch(/^# ODCS 3.1 has no place for:\n# - t.customProperties.x.vendor\n/);
});

test("the result is a contract that we read ourselves", () => {
  const { findings } = parseContract(odcs31Text(everything), "lowered");
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
});

const standard = new URL("../../../../../shared/standards/odcs/", import.meta.url);
const present = existsSync(standard);
if (!present) console.info("skipped: the published schema of ODCS 3.1 is not at ../shared/standards/odcs");

test.skipIf(!present)("the official schema of 3.1 accepts it, and every published example", () => {
  const ajv = new Ajv2019({ allErrors: true, strict: false });
  formats.default(ajv);
  const schema = JSON.parse(readFileSync(new URL("odcs-json-schema-v3.1.0.json", standard), "utf8")) as object;
  const validate = ajv.compile(schema);
  const examples = globSync("examples/*.odcs.yaml", { cwd: fileURLToPath(standard) }).map((file) =>
    readContract(readFileSync(new URL(file, standard), "utf8"), file),
  );
  expect(examples.length).toBeGreaterThan(10);
  for (const one of [everything, ...examples.map((example) => example.contract)]) {
    validate(JSON.parse(JSON.stringify(lowerContract(one).contract)));
    expect(validate.errors ?? []).toEqual([]);
  }
});
