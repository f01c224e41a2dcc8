import type { Property } from "../generated/odcs.ts";
import { isWide } from "../json-schema.ts";
import { sqlType } from "../sql-type.ts";

/** How far a physical type moved. Several at once are possible: more decimals in the same width leave fewer digits before them. */
export type TypeMove = "wider" | "narrower" | "scale-lowered" | "other-kind";

const synonyms: Readonly<Record<string, string>> = {
  "CHARACTER VARYING": "VARCHAR",
  TEXT: "VARCHAR",
  STRING: "VARCHAR",
  NVARCHAR: "VARCHAR",
  INT: "INTEGER",
  INT4: "INTEGER",
  INT8: "BIGINT",
  INT2: "SMALLINT",
  NUMERIC: "DECIMAL",
  REAL: "FLOAT",
  "DOUBLE PRECISION": "DOUBLE",
  BOOL: "BOOLEAN",
  TIMESTAMPTZ: "TIMESTAMP WITH TIME ZONE",
  DATETIME: "TIMESTAMP",
};

/** Types that hold all values of those before them. */
const ladders: readonly (readonly string[])[] = [
  ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"],
  ["UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"],
  ["FLOAT", "DOUBLE"],
  ["I8", "I16", "I32", "I64", "I128"],
  ["U8", "U16", "U32", "U64", "U128"],
  ["CHAR", "VARCHAR"],
];

interface PhysicalType {
  readonly base: string;
  readonly size?: number;
  readonly scale?: number;
}

/** Whether GraphQL serves an integer as Int, which ends at 2³¹, or as BigInt. */
export function integerScalar(property: Property): "Int" | "BigInt" {
  const type = sqlType(property) ?? physicalTypeOf(property)?.base ?? "";
  return isWide(type) || type === "UINTEGER" ? "BigInt" : "Int";
}

/** What GraphQL serves sums of an integer as: for those of the widest one without a sign no integer has room. */
export function sumScalar(property: Property): "BigInt" | "Float" {
  const type = sqlType(property) ?? physicalTypeOf(property)?.base;
  return type === "UHUGEINT" ? "Float" : "BigInt";
}

export function compareTypes(before: Property, after: Property): TypeMove[] {
  const [from, to] = [physicalTypeOf(before), physicalTypeOf(after)];
  if (!from || !to) return [];
  if (from.base !== to.base) return climb(from.base, to.base);
  if (from.base === "DECIMAL") return compareDecimals(from, to);
  const sizes = compareSizes(from.size ?? Number.POSITIVE_INFINITY, to.size ?? Number.POSITIVE_INFINITY);
  return sizes.length > 0 ? sizes : compareFormats(before, after);
}

/** The type as written, or what is published where none is. */
export function physicalTypeOf(property: Property): PhysicalType | undefined {
  const text = (property.physicalType ?? sqlType(property))?.trim().toUpperCase().replace(/\s+/g, " ");
  if (text === undefined || text === "") return undefined;
  const match = /^([^(]+?)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$/.exec(text);
  const [, name = text, size, scale] = match ?? [];
  return {
    base: synonyms[name] ?? name,
    ...(size !== undefined && { size: Number(size) }),
    ...(scale !== undefined && { scale: Number(scale) }),
  };
}

function compareDecimals(from: PhysicalType, to: PhysicalType): TypeMove[] {
  const scale = ({ size, scale: decimals }: PhysicalType) => decimals ?? (size === undefined ? 3 : 0);
  const digits = (type: PhysicalType) => (type.size ?? 18) - scale(type);
  const moves = new Set(compareSizes(digits(from), digits(to)));
  if (scale(to) < scale(from)) moves.add("scale-lowered");
  if (scale(to) > scale(from)) moves.add("wider");
  return [...moves];
}

/** `i8` and `i16` are stored alike, but promise other values. */
function compareFormats(before: Property, after: Property): TypeMove[] {
  if (before.logicalType !== "integer" || after.logicalType !== "integer") return [];
  const format = ({ logicalTypeOptions }: Property) => (logicalTypeOptions?.format ?? "i32").toUpperCase();
  const [from, to] = [format(before), format(after)];
  if (from === to) return [];
  const moves = climb(from, to);
  return moves[0] === "other-kind" ? ["wider", "narrower"] : moves;
}

function climb(from: string, to: string): TypeMove[] {
  const ladder = ladders.find((steps) => steps.includes(from) && steps.includes(to));
  return ladder ? compareSizes(ladder.indexOf(from), ladder.indexOf(to)) : ["other-kind"];
}

function compareSizes(from: number, to: number): TypeMove[] {
  if (from === to) return [];
  return [to > from ? "wider" : "narrower"];
}
