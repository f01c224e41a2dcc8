import type { Property } from "./generated/odcs.ts";

/** DuckDB types a published column may have, by the logical types they can carry. Anything else is no type name and never reaches SQL. */
const carriers: Readonly<Record<string, readonly string[]>> = {
  string: ["VARCHAR", "TEXT", "STRING", "CHAR", "BPCHAR", "UUID"],
  date: ["DATE"],
  timestamp: ["TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ", "TIMESTAMP", "DATETIME"],
  time: ["TIME"],
  integer: [
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "INT",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
  ],
  number: ["DOUBLE", "FLOAT", "REAL", "DECIMAL", "NUMERIC"],
  boolean: ["BOOLEAN", "BOOL"],
  object: ["JSON"],
};

/** What DuckDB calls the type itself, for names that mean the same. */
const sameAs: Readonly<Record<string, string>> = {
  TEXT: "VARCHAR",
  STRING: "VARCHAR",
  CHAR: "VARCHAR",
  BPCHAR: "VARCHAR",
  TIMESTAMPTZ: "TIMESTAMP WITH TIME ZONE",
  DATETIME: "TIMESTAMP",
  INT: "INTEGER",
  REAL: "FLOAT",
  NUMERIC: "DECIMAL",
  BOOL: "BOOLEAN",
};

const byFormat: Readonly<Record<string, string>> = {
  i8: "INTEGER",
  i16: "INTEGER",
  i32: "INTEGER",
  i64: "BIGINT",
  i128: "HUGEINT",
  u8: "INTEGER",
  u16: "INTEGER",
  u32: "BIGINT",
  u64: "HUGEINT",
  u128: "UHUGEINT",
  f32: "FLOAT",
  f64: "DOUBLE",
};

const byLogicalType: Readonly<Record<string, string>> = {
  string: "VARCHAR",
  date: "DATE",
  timestamp: "TIMESTAMP WITH TIME ZONE",
  time: "TIME",
  integer: "INTEGER",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  object: "JSON",
};

/** The DuckDB type of a property, in DuckDB's own spelling; undefined when the property does not say a type we can publish. */
export function sqlType(property: Property): string | undefined {
  const { logicalType, physicalType, logicalTypeOptions } = property;
  if (logicalType === undefined) return undefined;
  if (logicalType === "array") return arrayType(property);
  if (physicalType !== undefined) return readPhysicalType(physicalType, logicalType);
  return byFormat[logicalTypeOptions?.format ?? ""] ?? byLogicalType[logicalType];
}

function arrayType({ items, physicalType }: Property): string | undefined {
  const item = items && sqlType(items);
  if (item === undefined || physicalType === undefined) return item && `${item}[]`;
  const named = /^(.+)\[\]$/.exec(physicalType.trim());
  const physicalItem = named && items?.logicalType && readPhysicalType(named[1] ?? "", items.logicalType);
  return physicalItem ? `${physicalItem}[]` : undefined;
}

/** Physical types that can hold values of a logical type, for messages. */
export function physicalTypesFor(logicalType: string): readonly string[] {
  return carriers[logicalType] ?? [];
}

const written = /^([A-Z]+(?: [A-Z]+)*)\s*(?:\(\s*(\d{1,3})\s*(?:,\s*(\d{1,2})\s*)?\))?$/;

function readPhysicalType(physicalType: string, logicalType: string): string | undefined {
  const match = written.exec(physicalType.trim().toUpperCase().replace(/\s+/g, " "));
  const [, name = "", precision, scale] = match ?? [];
  if (!carriers[logicalType]?.includes(name)) return undefined;
  const plain = sameAs[name] ?? name;
  if (plain === "DECIMAL") return decimal(precision, scale);
  // DuckDB takes VARCHAR(40) and means VARCHAR
  return precision === undefined || plain === "VARCHAR" ? plain : undefined;
}

/** DuckDB reads `DECIMAL` as (18,3), but `DECIMAL(9)` as (9,0). */
function decimal(precision: string | undefined, scale: string | undefined): string | undefined {
  const digits = Number(precision ?? 18);
  const decimals = Number(scale ?? (precision === undefined ? 3 : 0));
  return digits >= 1 && digits <= 38 && decimals <= digits ? `DECIMAL(${digits},${decimals})` : undefined;
}
