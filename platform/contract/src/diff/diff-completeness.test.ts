import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { DataContract } from "../generated/odcs.ts";
import { readContract } from "../parse-contract.ts";
import { diffContracts } from "./diff-contracts.ts";
import type { Profile } from "./diff-rule.ts";

// biome-ignore lint/suspicious/noExplicitAny: edits reach anywhere into a contract
type Draft = any;

interface Definition {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

interface Schema extends Definition {
  readonly $defs: Readonly<Record<string, Definition>>;
}

const schema: Schema = JSON.parse(readFileSync(new URL("../../schema/odcs.schema.json", import.meta.url), "utf8"));
const text = readFileSync(new URL("../../fixtures/catalogue.odcs.yaml", import.meta.url), "utf8");

/** The fixture with something of everything that the standard defines. */
function fullContract(): Draft {
  const draft: Draft = structuredClone(readContract(text, "catalogue.odcs.yaml").contract);
  draft.context = {
    instructions: "Read.",
    verifiedStatements: [{ question: "How many?" }],
    constraints: [{ constraint: "Never alone." }],
  };
  draft.team.members = [{ username: "ada" }];
  draft.support = [{ channel: "#courses" }];
  draft.authoritativeDefinitions = [{ type: "tutorial", url: "https://a" }];
  draft.schema[0].relationships = [{ from: "course.a", to: "room.code" }];
  Object.assign(draft.schema[0].properties[4], {
    logicalTypeOptions: { exclusiveMinimum: -1 },
    map: { key: { logicalType: "string" }, value: { logicalType: "string" } },
    synonyms: [{ synonym: "price" }],
    customProperties: [{ property: "p", value: 1 }],
  });
  return draft;
}

/** Where each part that the standard defines stands in it. */
const places: Readonly<Record<string, (draft: Draft) => Draft>> = {
  "": (draft) => draft,
  Description: (draft) => draft.description,
  Context: (draft) => draft.context,
  VerifiedStatement: (draft) => draft.context.verifiedStatements[0],
  ContextConstraint: (draft) => draft.context.constraints[0],
  Server: (draft) => draft.servers[0],
  SchemaObject: (draft) => draft.schema[0],
  Property: (draft) => draft.schema[0].properties[4],
  LogicalTypeOptions: (draft) => draft.schema[0].properties[4].logicalTypeOptions,
  MapTypes: (draft) => draft.schema[0].properties[4].map,
  EnumValue: (draft) => draft.schema[0].properties[2].enum[0],
  Synonym: (draft) => draft.schema[0].properties[4].synonyms[0],
  PropertyRelationship: (draft) => draft.schema[0].properties[7].relationships[0],
  ObjectRelationship: (draft) => draft.schema[0].relationships[0],
  QualityRule: (draft) => draft.schema[0].properties[4].quality[0],
  Price: (draft) => draft.price,
  Team: (draft) => draft.team,
  TeamMember: (draft) => draft.team.members[0],
  Role: (draft) => draft.roles[0],
  SupportChannel: (draft) => draft.support[0],
  SlaProperty: (draft) => draft.slaProperties[0],
  CustomProperty: (draft) => draft.schema[0].properties[4].customProperties[0],
  AuthoritativeDefinition: (draft) => draft.authoritativeDefinitions[0],
};

/** What each key can hold, where a text would not do. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  schema: [[{ name: "other" }], [{ name: "more" }]],
  properties: [[{ name: "p" }], [{ name: "q" }]],
  items: [{ logicalType: "string" }, { logicalType: "integer" }],
  map: [
    { key: { logicalType: "string" }, value: {} },
    { key: { logicalType: "date" }, value: {} },
  ],
  key: [{ logicalType: "string" }, { logicalType: "integer" }],
  value: [{ logicalType: "string" }, { logicalType: "integer" }],
  logicalTypeOptions: [{ minimum: 1 }, { minimum: 2 }],
  enum: [[{ value: "a" }], [{ value: "b" }]],
  quality: [[{ metric: "nullValues", mustBe: 0 }], [{ metric: "rowCount", mustBe: 1 }]],
  relationships: [[{ to: "room.code" }], [{ to: "room.name" }]],
  servers: [[{ server: "a", type: "duckdb" }], [{ server: "b", type: "duckdb" }]],
  roles: [[{ role: "a" }], [{ role: "b" }]],
  slaProperties: [[{ property: "latency", value: 1, unit: "h" }], [{ property: "latency", value: 9, unit: "h" }]],
  members: [[{ username: "a" }], [{ username: "b" }]],
  synonyms: [[{ synonym: "a" }], [{ synonym: "b" }]],
  customProperties: [[{ property: "a", value: 1 }], [{ property: "a", value: 2 }]],
  authoritativeDefinitions: [[{ type: "a", url: "https://a" }], [{ type: "a", url: "https://b" }]],
  arguments: [{ missingValues: [1] }, { missingValues: [2] }],
  price: [{ priceAmount: 1 }, { priceAmount: 2 }],
  description: ["x", "y"],
  ...Object.fromEntries(
    [
      ...["primaryKey", "unique", "partitioned", "deprecated", "criticalDataElement", "uniqueItems", "timezone"],
      ...["normalized"],
    ].map((flag) => [flag, [true, false]]),
  ),
};

const kept: Readonly<Record<string, readonly string[]>> = {
  // a document is one by its kind, and the version has a rule of its own
  "": ["kind", "version"],
};

const definitionOf = (part: string): Definition => (part === "" ? schema : (schema.$defs[part] ?? {}));

test("every part of the standard that has keys is looked into", () => {
  const narrower = ["DateOptions", "TimeOptions", "IntegerOptions", "NumberOptions"];
  const parts = ["", ...Object.keys(schema.$defs)].filter((part) => definitionOf(part).properties !== undefined);
  expect(parts.filter((part) => !narrower.includes(part)).sort()).toEqual(Object.keys(places).sort());
});

const keys = Object.keys(places).flatMap((part) =>
  Object.keys(definitionOf(part).properties ?? {}).map((key) => ({ part, key, place: part || "the contract" })),
);

/** Contracts that say the one, the other and, where that is allowed, nothing. */
function variants(part: string, key: string): DataContract[] {
  const needed = definitionOf(part).required?.includes(key) === true;
  const said = part === "MapTypes" || key !== "value" ? values[key] : undefined;
  const whole = part === "" && key === "description" ? [{ usage: "x" }, { usage: "y" }] : undefined;
  return [...(whole ?? said ?? ["x", "y"]), ...(needed ? [] : [undefined])].map((value) => {
    const draft = fullContract();
    const owner = places[part]?.(draft);
    if (value === undefined) delete owner[key];
    else owner[key] = value;
    return draft;
  });
}

test.each(keys.filter(({ part, key }) => !kept[part]?.includes(key)))(
  "$key of $place does not change unseen",
  ({ part, key }) => {
    const all = variants(part, key);
    for (const profile of ["reader", "writer", "archive"] satisfies Profile[]) {
      for (const before of all) {
        for (const after of all) {
          const { diffs } = diffContracts(before, after, { profile });
          expect(diffs.filter(({ rule }) => rule !== "version-mismatch").length > 0).toBe(before !== after);
        }
      }
    }
  },
);
