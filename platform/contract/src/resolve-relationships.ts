import { camelCase } from "@thoth/kernel/names";
import {
  objectRelationships,
  ownProperties,
  type Part,
  propertyRelationships,
  schemaObjects,
} from "./contract-parts.ts";
import { type Finding, formatPath } from "./finding.ts";
import { type Link, type LinkProblem, type LinkTarget, linkTarget, type ReadTarget } from "./follow-link.ts";
import type { CustomProperty, DataContract, SchemaObject } from "./generated/odcs.ts";
import type { ParsedContract } from "./parse-contract.ts";
import type { RelationshipModel } from "./product-model.ts";
import { followReference, parseReference } from "./reference.ts";

export interface ResolvedRelationships {
  readonly relationships: readonly RelationshipModel[];
  readonly findings: readonly Finding[];
}

/** Follows every relationship of a product to the key of another; what leads nowhere is a finding where it is written. */
export function resolveRelationships(parsed: ParsedContract, readTarget: ReadTarget): ResolvedRelationships {
  const findings: Finding[] = [];
  const relationships: RelationshipModel[] = [];
  const { contract, file, locate } = parsed;
  const [object] = contract ? schemaObjects(contract) : [];
  if (contract === undefined || object === undefined) return { relationships, findings };
  const taken = new Set(ownProperties(object).map(({ value }) => camelCase(value.name ?? "")));
  for (const link of writtenLinks(contract, object)) {
    const target = linkTarget(link, parsed, readTarget);
    const problem = "rule" in target ? target : nameProblem(link, target, taken);
    if (problem) {
      const { rule, message, hint } = problem;
      const path = problem.end === undefined ? link.path : [...link.path, problem.end];
      findings.push({ rule, severity: "error", file, ...locate(path), path: formatPath(path), message, hint });
    } else if (!("rule" in target)) {
      const fieldName = fieldNameOf(link, target);
      taken.add(fieldName);
      relationships.push({ fieldName, from: link.from, to: target.to, ...severityOf(link) });
    }
  }
  return { relationships, findings };
}

function writtenLinks(contract: DataContract, object: Part<SchemaObject>): Link[] {
  const single = ownProperties(object).flatMap((property) =>
    propertyRelationships(property).map(({ path, value }) => ({
      path,
      from: [property.value.name ?? ""],
      to: [value.to].flat(),
      customProperties: value.customProperties ?? [],
    })),
  );
  const composite = objectRelationships(object).map(({ path, value }) => ({
    path,
    from: [value.from].flat().map((reference) => ownColumn(contract, object, reference)),
    to: [value.to].flat(),
    customProperties: value.customProperties ?? [],
  }));
  return [...single, ...composite];
}

/** The column that `from` names; the text itself when there is none, for the message. */
function ownColumn(contract: DataContract, object: Part<SchemaObject>, text: string): string {
  const reference = parseReference(text);
  const found = reference?.file === undefined && reference ? followReference(contract, reference) : undefined;
  return found?.object.value === object.value ? (found.property.value.name ?? text) : text;
}

function nameProblem(link: Link, target: LinkTarget, taken: ReadonlySet<string>): LinkProblem | undefined {
  const fieldName = fieldNameOf(link, target);
  if (/^[a-z][A-Za-z0-9]*$/.test(fieldName) && !taken.has(fieldName)) return undefined;
  const message = taken.has(fieldName)
    ? `The relationship of ${link.from.join(", ")} would be the GraphQL field "${fieldName}", which is taken`
    : `"${fieldName}" is no name for a GraphQL field`;
  const hint =
    "Name the field: `customProperties: [{ property: graphqlField, value: someField }]` on the relationship.";
  return { rule: "house-relationship-field", message, hint };
}

function severityOf({ customProperties }: Link): Pick<RelationshipModel, "severity"> {
  const written = customProperties.find(({ property }: CustomProperty) => property === "severity")?.value;
  const severity = (["info", "warning", "error"] as const).find((known) => known === written);
  return severity === undefined ? {} : { severity };
}

/** As the writer says, else `unit_code` → `unit`, else the name of what it leads to. */
function fieldNameOf({ from, customProperties }: Link, target: LinkTarget): string {
  const written = customProperties.find(({ property }: CustomProperty) => property === "graphqlField")?.value;
  if (typeof written === "string") return written;
  const [column = ""] = from;
  return camelCase(from.length === 1 ? column.replace(/_(code|id|key|name)$/, "") : target.objectName);
}
