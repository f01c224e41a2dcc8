import {
  allProperties,
  objectRelationships,
  type Part,
  propertyRelationships,
  qualityRules,
  schemaObjects,
} from "./contract-parts.ts";
import { describeSpot, isRecord } from "./describe-spot.ts";
import type { DocumentPath, Report, Severity } from "./finding.ts";
import type { DataContract, Property, QualityRule, SchemaObject } from "./generated/odcs.ts";

/** Words that a version of the standard does not have yet, or has given up. Versions are minor numbers: 1 is v3.1. */
interface VocabularyRow {
  readonly since: number;
  readonly keys: readonly string[];
  /** Version 3.0 let unknown keys pass in these parts. */
  readonly tolerant?: true;
}

const vocabulary: Readonly<Record<string, readonly VocabularyRow[]>> = {
  contract: [{ since: 2, keys: ["context"] }],
  object: [
    { since: 1, keys: ["id", "relationships"] },
    { since: 2, keys: ["context", "deprecated", "synonyms"] },
  ],
  property: [
    { since: 1, keys: ["id", "relationships"] },
    { since: 2, keys: ["enum", "map", "semanticType", "deprecated", "synonyms"] },
  ],
  "quality rule": [{ since: 1, keys: ["id", "metric", "arguments"], tolerant: true }],
  relationship: [{ since: 2, keys: ["id"] }],
  server: [
    { since: 1, keys: ["id"], tolerant: true },
    { since: 2, keys: ["encoding", "catalogUrl", "namespace"], tolerant: true },
  ],
  promise: [
    { since: 1, keys: ["id", "description", "schedule", "scheduler"], tolerant: true },
    { since: 2, keys: ["customProperties", "authoritativeDefinitions"], tolerant: true },
  ],
};

const types: Readonly<Record<string, number>> = { timestamp: 1, time: 1, map: 2, vector: 2 };
const serverTypes: Readonly<Record<string, number>> = Object.fromEntries([
  ...["hive", "impala", "zen"].map((type) => [type, 1]),
  ...["btrieve", "exasol", "fastobjects", "hana", "iceberg", "ingres", "poet", "teradata", "vectorwise", "versant"].map(
    (type) => [type, 2],
  ),
]);

interface SchemaParts {
  readonly objects: readonly Part<SchemaObject>[];
  readonly properties: readonly Part<Property>[];
  readonly rules: readonly Part<QualityRule>[];
}

function schemaParts(contract: DataContract): SchemaParts {
  const objects = schemaObjects(contract);
  const properties = objects.flatMap((object) => allProperties(object));
  return { objects, properties, rules: [...objects, ...properties].flatMap((owner) => qualityRules(owner)) };
}

/** Keys and values the contract uses although the version it names does not have them, or no longer. */
export function reportVocabulary(contract: DataContract, report: Report): void {
  const minor = Number(contract.apiVersion.split(".")[1]);
  const judge = judgeWords(contract, minor, report);
  const parts = schemaParts(contract);
  const { objects, properties, rules } = parts;
  const servers = (contract.servers ?? []).map((value, index) => ({ path: ["servers", index], value }));
  judge("contract", [{ path: [], value: contract }]);
  judge("object", objects);
  judge("property", properties);
  judge("quality rule", rules);
  judge("relationship", [...objects.flatMap(objectRelationships), ...properties.flatMap(propertyRelationships)]);
  judge("server", servers);
  judge(
    "promise",
    (contract.slaProperties ?? []).map((value, index) => ({ path: ["slaProperties", index], value })),
  );
  for (const { path, value } of properties)
    reportValue([...path, "logicalType"], types[value.logicalType ?? ""], minor, report);
  for (const { path, value } of servers) reportValue([...path, "type"], serverTypes[value.type], minor, report);
  if (contract.team !== undefined && !Array.isArray(contract.team)) reportValue(["team"], 1, minor, report);
  if (minor < 2) reportNewerDetails(contract, [], report);
  reportGivenUp(contract, parts, minor, report);
}

/** Words of 3.2 that may stand in any part of a contract. */
function reportNewerDetails(value: unknown, path: DocumentPath, report: Report): void {
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) reportNewerDetails(entry, [...path, index], report);
  } else if (isRecord(value)) {
    if (path.at(-2) === "customProperties" && "vendor" in value) reportValue([...path, "vendor"], 2, 0, report);
    if (path.at(0) === "servers" && typeof value.port === "string") reportValue([...path, "port"], 2, 0, report);
    for (const [key, child] of Object.entries(value)) reportNewerDetails(child, [...path, key], report);
  }
}

function judgeWords(contract: DataContract, minor: number, report: Report) {
  return (kind: string, parts: readonly Part<object>[]) => {
    for (const { since, keys, tolerant } of vocabulary[kind] ?? []) {
      if (since <= minor) continue;
      const severity: Severity = tolerant && minor === 0 ? "warning" : "error";
      for (const { path, value } of parts) {
        for (const key of keys.filter((name) => name in value)) {
          const message = `The key "${key}" of ${describeSpot(contract, path)} came with v3.${since}; the contract says ${contract.apiVersion}`;
          report([...path, key], { rule: "odcs-newer-word", severity, atKey: true, message, hint: newerHint(since) });
        }
      }
    }
  };
}

function reportValue(path: DocumentPath, since: number | undefined, minor: number, report: Report): void {
  if (since === undefined || since <= minor) return;
  report(path, { rule: "odcs-newer-word", message: `This value came with v3.${since}`, hint: newerHint(since) });
}

function newerHint(since: number): string {
  return `Raise apiVersion to v3.${since}.0 or later, or leave it out.`;
}

/** What 3.1 replaced, and what it only discouraged. */
function reportGivenUp(contract: DataContract, parts: SchemaParts, minor: number, report: Report): void {
  if (minor === 0) return;
  const older = (path: DocumentPath, message: string, hint: string) =>
    report(path, { rule: "odcs-older-word", message, hint });
  for (const { path, value } of parts.rules) {
    if (value.rule === undefined || value.metric !== undefined) continue;
    older(
      [...path, "rule"],
      "A library rule is named by `metric` since v3.1",
      "Write `metric`, such as `metric: duplicateValues`.",
    );
  }
  for (const { path, value } of parts.properties) {
    for (const key of ["exclusiveMinimum", "exclusiveMaximum"] as const) {
      if (typeof value.logicalTypeOptions?.[key] !== "boolean") continue;
      older(
        [...path, "logicalTypeOptions", key],
        `"${key}" is the limit itself since v3.1, not a flag`,
        "Write the limit here instead of the flag.",
      );
    }
  }
  const discouraged = (key: string, message: string, hint: string) =>
    report([key], { rule: "odcs-deprecated-key", severity: "warning", atKey: true, message, hint });
  if (contract.dataProduct !== undefined)
    discouraged("dataProduct", 'The key "dataProduct" is given up since v3.1', "Name the product in `name`.");
  if (contract.slaDefaultElement !== undefined)
    discouraged(
      "slaDefaultElement",
      'The key "slaDefaultElement" is given up since v3.1',
      "Say `element` in every promise.",
    );
  if (Array.isArray(contract.team))
    discouraged("team", "A plain list of members is given up since v3.1", "Write `team: { name, members: [..] }`.");
}
