import { ownProperties, type Part, schemaObjects } from "../contract-parts.ts";
import type { DocumentPath, Report } from "../finding.ts";
import type { DataContract, Property, SchemaObject } from "../generated/odcs.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Ids are what others hold on to when names change.
 * @param published the newest published version of the same product, against which ids must be stable
 */
export function checkIds(contract: DataContract, published: DataContract | undefined, report: Report): void {
  if (!uuid.test(contract.id))
    report(["id"], {
      rule: "house-contract-id",
      message: `The contract's id "${contract.id}" is no UUID`,
      hint: "Write a UUID, such as `uuidgen` prints; it stays for the life of the product.",
    });
  for (const { path, value } of schemaObjects(contract)) {
    if (value.id === undefined)
      report(path, {
        rule: "house-object-id",
        message: `Object "${value.name}" has no id`,
        hint: `Add \`id: ${value.name}\`; relationships of other products refer to it.`,
      });
  }
  if (published) checkStable(contract, published, report);
}

function checkStable(contract: DataContract, published: DataContract, report: Report): void {
  if (contract.id !== published.id) reportMoved(["id"], "The contract", published.id, report);
  const before = schemaObjects(published).map(({ value }) => value);
  for (const object of schemaObjects(contract)) {
    const known = counterpart(object.value, before);
    if (known === undefined) continue;
    checkId(object, known, `Object "${object.value.name}"`, report);
    for (const property of ownProperties(object)) checkProperty(property, known.properties ?? [], report);
  }
}

function checkProperty(property: Part<Property>, before: readonly Property[], report: Report): void {
  const { path, value } = property;
  const same = before.find(({ name }) => name === value.name);
  if (same) checkId(property, same, `Column "${value.name}"`, report);
  const owner = before.find((one) => identity(one) === identity(value));
  if (owner === undefined || owner.name === value.name || owner.logicalType === value.logicalType) return;
  report([...path, "id"], {
    rule: "house-id-reused",
    message: `The id "${identity(value)}" belongs to the published column "${owner.name}" of type ${owner.logicalType}; here it stands for a ${value.logicalType}`,
    hint: "Give the new column an id of its own. An id never changes its meaning, also after its column is gone.",
  });
}

function checkId(
  { path, value }: Part<Property | SchemaObject>,
  before: Property | SchemaObject,
  spot: string,
  report: Report,
): void {
  if (identity(value) !== identity(before)) reportMoved([...path, "id"], spot, identity(before), report);
}

function reportMoved(path: DocumentPath, spot: string, id: string, report: Report): void {
  const message = `${spot} is published with the id "${id}"`;
  report(path, { rule: "house-id-stable", message, hint: `Write \`id: ${id}\` again: others refer to it.` });
}

function counterpart(object: SchemaObject, among: readonly SchemaObject[]): SchemaObject | undefined {
  return among.find((one) => identity(one) === identity(object)) ?? among.find(({ name }) => name === object.name);
}

/** What has no id goes by its name. */
function identity({ id, name = "" }: Property | SchemaObject): string {
  return id ?? name;
}
