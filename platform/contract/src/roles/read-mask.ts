import { type BucketPeriod, bucketPeriods, type Mask } from "../access-terms.ts";

/** Reads a mask as contracts write it: `hash`, `"null"`, `{ partial: 3 }`, `{ bucket: 10 }`, `{ bucket: month }`; undefined when it is none. */
export function readMask(written: unknown): Mask | undefined {
  if (written === "hash") return { kind: "hash" };
  // YAML reads the bare word as no value.
  if (written === "null" || written === null) return { kind: "null" };
  if (typeof written !== "object" || Array.isArray(written)) return undefined;
  const [[kind, value] = [], ...more] = Object.entries(written as Record<string, unknown>);
  if (more.length > 0) return undefined;
  if (kind === "partial" && isWhole(value, 0, 64)) return { kind, keep: value };
  if (kind === "bucket" && (isSize(value) || isPeriod(value))) return { kind, every: value };
  return undefined;
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function isPeriod(value: unknown): value is BucketPeriod {
  return bucketPeriods.some((period) => period === value);
}
