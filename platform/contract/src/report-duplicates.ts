import type { Part } from "./contract-parts.ts";
import { ownProperties, schemaObjects } from "./contract-parts.ts";
import { describeSpot, isRecord } from "./describe-spot.ts";
import type { DocumentPath, Report } from "./finding.ts";
import type { DataContract, Property, SchemaObject } from "./generated/odcs.ts";

/** Names that others use to point at something must point at one thing. */
export function reportDuplicates(contract: DataContract, report: Report): void {
  reportIds(contract, [], report);
  const objects = schemaObjects(contract);
  reportNames(objects, "object", report);
  for (const object of objects) reportPropertyNames(object, report);
}

function reportPropertyNames(owner: Part<SchemaObject | Property>, report: Report): void {
  const properties = ownProperties(owner);
  reportNames(properties, "property", report);
  for (const property of properties) reportPropertyNames(property, report);
}

function reportNames(parts: readonly Part<{ name?: string }>[], noun: string, report: Report): void {
  const seen = new Map<string, number>();
  for (const [index, { path, value }] of parts.entries()) {
    const { name = "" } = value;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else {
      const message = `The name "${name}" is taken: it belongs to ${noun} ${first + 1} of this list`;
      report([...path, "name"], { rule: "odcs-duplicate-name", message, hint: "Give every one a name of its own." });
    }
  }
}

/** Wherever the document has a list of things with ids. */
function reportIds(value: unknown, path: DocumentPath, report: Report, root: unknown = value): void {
  const children: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(isRecord(value) ? value : {});
  if (Array.isArray(value)) {
    const seen = new Set<unknown>();
    for (const [index, entry] of value.entries()) {
      if (!isRecord(entry) || typeof entry.id !== "string") continue;
      if (seen.has(entry.id)) {
        const message = `The id "${entry.id}" is taken by an earlier entry of ${describeSpot(root, path)}`;
        report([...path, index, "id"], {
          rule: "odcs-duplicate-id",
          message,
          hint: "Ids tell entries apart; give this one another.",
        });
      }
      seen.add(entry.id);
    }
  }
  for (const [key, child] of children) if (typeof child === "object") reportIds(child, [...path, key], report, root);
}
