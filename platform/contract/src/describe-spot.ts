import type { DocumentPath } from "./finding.ts";

/** What the entries of a list are called, and the key that tells them apart. */
const entries: Readonly<Record<string, readonly [noun: string, nameKey: string]>> = {
  schema: ["object", "name"],
  properties: ["property", "name"],
  servers: ["server", "server"],
  quality: ["quality rule", "name"],
  relationships: ["relationship", "id"],
  enum: ["enum value", "value"],
  roles: ["role", "role"],
  team: ["team member", "username"],
  members: ["team member", "username"],
  support: ["support channel", "channel"],
  slaProperties: ["SLA property", "property"],
  customProperties: ["custom property", "property"],
  authoritativeDefinitions: ["authoritative definition", "type"],
  synonyms: ["synonym", "synonym"],
  verifiedStatements: ["verified statement", "question"],
  constraints: ["constraint", "constraint"],
};

/** A part of a contract in words a writer recognises: `property "unit_code"`, `the items of property "tags"`. */
export function describeSpot(document: unknown, path: DocumentPath, whole = "the contract"): string {
  const tail = path.at(-1);
  if (tail === undefined) return whole;
  const parent = path.slice(0, -1);
  if (typeof tail === "number") return describeEntry(valueAt(document, path), String(parent.at(-1)));
  const owner = describeSpot(document, parent, whole);
  if (tail === "items") return `the items of ${owner}`;
  return parent.length === 0 ? `"${tail}"` : `"${tail}" of ${owner}`;
}

function describeEntry(value: unknown, list: string): string {
  const [noun, nameKey] = entries[list] ?? [`entry of "${list}"`, "name"];
  const fields = isRecord(value) ? value : {};
  const name = fields[nameKey] ?? fields.id;
  const named = typeof name === "string" && name !== "" ? `${noun} ${quote(name)}` : `${article(noun)} ${noun}`;
  return list === "servers" && typeof fields.type === "string" ? `${named} of type ${fields.type}` : named;
}

export function valueAt(document: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)];
    return isRecord(value) ? value[part] : undefined;
  }, document);
}

/** A value in words: `the text "abc"`, `the number 5`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return `the text ${quote(value)}`;
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : "a map of keys";
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function article(noun: string): string {
  return /^[aeiouS]/.test(noun) ? "an" : "a";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
