import type { RowRule } from "../access-terms.ts";

/**
 * Reads a condition on rows as contracts write it: `{ column: unit_code, is: units }`, `{ column: campus, in: [B, C] }`,
 * `{ column: end_date, before: now }`, `{ column: start_date, after: now, less: { years: 2 } }`; undefined when it is none.
 */
export function readRowRule(written: unknown): RowRule | undefined {
  if (typeof written !== "object" || written === null || Array.isArray(written)) return undefined;
  const { column, ...condition } = written as Record<string, unknown>;
  if (typeof column !== "string") return undefined;
  const { is, in: values, before, after, less, ...unknown } = condition;
  const said = [is, values, before, after].filter((word) => word !== undefined).length;
  if (said !== 1 || Object.keys(unknown).length > 0) return undefined;
  if (less !== undefined && before === undefined && after === undefined) return undefined;
  if (typeof is === "string" && is !== "") return { kind: "attribute", column, attribute: is };
  if (Array.isArray(values) && values.length > 0 && values.every(isScalar))
    return { kind: "in", column, values: values.map(String) };
  const span = readSpan(less ?? {});
  if (span === undefined) return undefined;
  if (before === "now") return { kind: "before", column, span };
  return after === "now" ? { kind: "after", column, span } : undefined;
}

function readSpan(written: unknown) {
  if (typeof written !== "object" || written === null || Array.isArray(written)) return undefined;
  const { years = 0, days = 0, ...unknown } = written as Record<string, unknown>;
  return isCount(years) && isCount(days) && Object.keys(unknown).length === 0 ? { years, days } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
