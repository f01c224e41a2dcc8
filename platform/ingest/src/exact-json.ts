import type { DeclaredColumn } from "./column-spec.ts";

/** A number of JSON as it was written: `1.10` and 20 digits stay what they are. */
interface RawJson {
  readonly rawJSON: string;
}

/** What the language offers since ES2025 and the compiler's library does not know yet. */
interface ExactJson {
  parse(text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
}

const exact = JSON as unknown as ExactJson;

/** `JSON.parse` that keeps every number's own text, for {@link jsonField} and `JSON.stringify`. */
export function parseExactJson(text: string): unknown {
  return exact.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined ? exact.rawJSON(source) : value,
  );
}

/** The text of a parsed value as a staged field of a column; a column of type JSON keeps it as JSON. */
export function jsonField(value: unknown, { type, pseudonymise }: DeclaredColumn): string | null {
  if (value === null || value === undefined) return null;
  if (exact.isRawJSON(value)) return value.rawJSON;
  const isJson = !pseudonymise && /^JSON$/i.test(type);
  if (typeof value === "string" && !isJson) return value;
  return JSON.stringify(value);
}

/** As JSON Schema calls it, of a value of either parser. */
export function jsonTypeOf(value: unknown): "array" | "boolean" | "null" | "number" | "object" | "string" {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (exact.isRawJSON(value)) return "number";
  return typeof value as "boolean" | "number" | "object" | "string";
}

/**
 * Finds a value by JSON pointer, or by a top-level key when the path has no leading slash.
 * @source RFC 6901
 */
export function findValue(value: unknown, path: string): unknown {
  if (path === "") return value;
  if (!path.startsWith("/")) return member(value, path);
  const keys = path.slice(1).split("/");
  return keys.reduce<unknown>((found, key) => member(found, key.replaceAll("~1", "/").replaceAll("~0", "~")), value);
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}
