import { createHash } from "node:crypto";

/** SHA-256 in hexadecimal digits. */
export function textDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Of a value as JSON writes it, with keys in alphabetical order: the same for whoever writes the same in another order. */
export function valueDigest(value: unknown): string {
  return textDigest(JSON.stringify(value, inOrder));
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
