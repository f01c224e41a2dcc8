import {
  allProperties,
  objectRelationships,
  type Part,
  propertyRelationships,
  schemaObjects,
} from "../contract-parts.ts";
import { quote } from "../describe-spot.ts";
import type { DocumentPath, Report } from "../finding.ts";
import type { DataContract } from "../generated/odcs.ts";
import { followReference, parseReference } from "../reference.ts";

/**
 * References into the contract itself should lead to a property of it. A warning only: contracts elsewhere refer to
 * tables of the same database that another contract describes.
 */
export function checkReferences(contract: DataContract, report: Report): void {
  for (const { path, value } of ownReferences(contract)) {
    const reference = parseReference(value);
    if (reference === undefined || reference.file !== undefined || followReference(contract, reference)) continue;
    report(path, {
      rule: "odcs-relationship-target",
      severity: "warning",
      message: `${quote(value)} leads to no property of this contract`,
      hint: "Write object.property with their names, or schema/<object id>/properties/<property id>.",
    });
  }
}

function ownReferences(contract: DataContract): Part<string>[] {
  return schemaObjects(contract).flatMap((object) => [
    ...objectRelationships(object).flatMap(({ path, value }) => [
      ...texts([...path, "from"], value.from),
      ...texts([...path, "to"], value.to),
    ]),
    ...allProperties(object)
      .flatMap(propertyRelationships)
      .flatMap(({ path, value }) => texts([...path, "to"], value.to)),
  ]);
}

function texts(path: DocumentPath, value: string | readonly string[]): Part<string>[] {
  return typeof value === "string"
    ? [{ path, value }]
    : value.map((text, index) => ({ path: [...path, index], value: text }));
}
