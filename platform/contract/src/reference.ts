import { ownProperties, type Part, schemaObjects } from "./contract-parts.ts";
import type { DataContract, Property, SchemaObject } from "./generated/odcs.ts";

/** One end of a relationship, as written. */
export interface Reference {
  /** The file part, relative to the contract that holds the reference; absent for a reference into that contract. */
  readonly file?: string;
  readonly object: string;
  readonly property: string;
  /** `id` in `schema/<id>/properties/<id>`, `name` in `object.property`. */
  readonly by: "id" | "name";
}

/** Undefined for a reference to anything but a property of a schema object. */
export function parseReference(text: string): Reference | undefined {
  const hash = text.indexOf("#");
  const file = hash > 0 ? { file: text.slice(0, hash) } : {};
  const inside = text.slice(hash + 1);
  const path = /^\/?schema\/([^/]+)\/properties\/([^/]+)$/.exec(inside);
  if (path) return { ...file, object: path[1] ?? "", property: path[2] ?? "", by: "id" };
  const [object, property, deeper] = inside.split(".");
  if (hash >= 0 || !object || !property || deeper !== undefined) return undefined;
  return { object, property, by: "name" };
}

export interface ReferredProperty {
  readonly object: Part<SchemaObject>;
  readonly property: Part<Property>;
}

/** What has no id goes by its name, so names find what ids do not. */
export function followReference(
  contract: DataContract,
  { object, property, by }: Reference,
): ReferredProperty | undefined {
  const owner = find(schemaObjects(contract), object, by);
  const target = owner && find(ownProperties(owner), property, by);
  return owner && target && { object: owner, property: target };
}

function find<Value extends { id?: string; name?: string }>(
  parts: readonly Part<Value>[],
  wanted: string,
  by: "id" | "name",
): Part<Value> | undefined {
  const byId = by === "id" ? parts.find(({ value }) => value.id === wanted) : undefined;
  return byId ?? parts.find(({ value }) => value.name === wanted && (by === "name" || value.id === undefined));
}
