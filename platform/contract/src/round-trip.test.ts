import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { describeProduct } from "./describe-product.ts";
import type { DataContract, Property } from "./generated/odcs.ts";
import { parseContract } from "./parse-contract.ts";
import { sqlType } from "./sql-type.ts";

const name = fc.stringMatching(/^[a-z][a-z]{2,8}$/);
const prose = fc.string({ minLength: 1, maxLength: 60 }).filter((text) => text.trim() !== "");
const classification = fc.constantFrom("public", "internal", "confidential", "restricted");

const type: fc.Arbitrary<Property> = fc.oneof(
  fc.constantFrom<Property>(
    { logicalType: "date" },
    { logicalType: "timestamp" },
    { logicalType: "boolean" },
    { logicalType: "object" },
    { logicalType: "number", physicalType: "DECIMAL(9,2)" },
    { logicalType: "array", items: { logicalType: "string" } },
  ),
  fc.record<Property>({
    logicalType: fc.constant("integer"),
    logicalTypeOptions: fc.record({ format: fc.constantFrom("i8", "i32", "i64", "u64"), minimum: fc.integer() }),
  }),
  fc.record<Property>({
    logicalType: fc.constant("string"),
    enum: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }).map((values) => values.map((value) => ({ value }))),
  }),
);

const column = fc
  .tuple(type, prose, classification, fc.boolean())
  .map(([shape, description, rank, required]) => ({ ...shape, description, classification: rank, required }));

const contract: fc.Arbitrary<DataContract> = fc
  .record({
    names: fc
      .uniqueArray(name, { minLength: 2, maxLength: 12 })
      .filter((names) => !names.some((word) => ["and", "not"].includes(word))),
    columns: fc.array(column, { minLength: 11, maxLength: 11 }),
    version: fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((parts) => parts.join(".")),
    words: fc.record({ purpose: prose, limitations: prose, usage: prose }),
    tags: fc.array(name),
    hours: fc.integer({ min: 1, max: 1000 }),
    threshold: fc.integer(),
  })
  .map(({ names: [first = "", ...others], columns, version, words, tags, hours, threshold }) => ({
    apiVersion: "v3.2.0",
    kind: "DataContract",
    id: "7b1c2d3e-4f5a-4b6c-8d7e-9f0a1b2c3d4e",
    name: "things",
    domain: "school",
    version,
    status: "active",
    description: words,
    tags,
    schema: [
      {
        name: "thing",
        properties: [
          {
            id: first,
            name: first,
            logicalType: "string",
            description: "The key.",
            classification: "public",
            primaryKey: true,
            required: true,
          },
          ...others.map((word, index) => ({ id: word, name: word, ...(columns[index] ?? {}) })),
        ],
        quality: [{ metric: "rowCount", mustBeGreaterThan: threshold }],
      },
    ],
    slaProperties: [{ property: "latency", value: hours, unit: "h" }],
  }));

const noTarget = () => {
  throw new Error("these contracts have no relationships");
};

test("a contract survives being written, parsed and described", () => {
  fc.assert(
    fc.property(contract, (written) => {
      const parsed = parseContract(stringify(written), "things.yaml");
      expect(parsed.findings).toEqual([]);
      expect(parsed.contract).toEqual(written);
      const model = describeProduct(parsed, { file: "things.yaml", readTarget: noTarget });
      const properties = written.schema?.[0]?.properties ?? [];
      expect(model).toMatchObject({
        version: written.version,
        key: [properties[0]?.name],
        purpose: written.description?.purpose?.trim(),
      });
      expect(model.promises[0]?.durationMs).toBe(Number(written.slaProperties?.[0]?.value) * 3_600_000);
      expect(model.rules[0]?.threshold).toBe(written.schema?.[0]?.quality?.[0]?.mustBeGreaterThan);
      expect(
        model.columns.map((column) => [column.name, column.sqlType, column.classification, column.enumValues]),
      ).toEqual(
        properties.map((property) => [
          property.name,
          sqlType(property),
          property.classification,
          property.enum?.map(({ value }) => value),
        ]),
      );
      for (const [index, { line }] of model.columns.entries())
        expect(line).toBe(parsed.locate(["schema", 0, "properties", index]).line);
    }),
    { numRuns: 60 },
  );
});

test("no text makes the parser throw", () => {
  const yamlish = fc.array(
    fc.constantFrom(
      "a",
      "kind",
      ": ",
      "- ",
      "\n",
      "  ",
      "[",
      "]",
      "{",
      "}",
      "&a ",
      "*a",
      "!",
      "|",
      ">",
      "'",
      '"',
      "#",
      "---\n",
      "\t",
      "apiVersion: v3.2.0\n",
      "schema:\n",
      "1",
      "null",
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        yamlish.map((parts) => parts.join("")),
      ),
      (text) => {
        const { contract: parsed, findings } = parseContract(text, "x.yaml");
        if (parsed === undefined) expect(findings.length).toBeGreaterThan(0);
        for (const { line, column, message, hint } of findings) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message + hint).not.toMatch(/undefined|\[object/);
        }
      },
    ),
    { numRuns: 500 },
  );
});
