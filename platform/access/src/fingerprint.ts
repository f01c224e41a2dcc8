import { createHash } from "node:crypto";

/** The same for equal JSON values, whatever the order of their keys: 32 hexadecimal digits of SHA-256. */
export function fingerprint(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, sortedKeys)).digest("hex").slice(0, 32);
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  // By code unit, not by locale: the order must be the same on every machine.
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
