import type { DeclaredType } from "@thoth/access/secured-sql/parameter-types";
import type { RowField } from "../protocol/backend-message.ts";

/** A type as the protocol names it. */
export interface PostgresType {
  readonly oid: number;
  /** Bytes of a value; -1 when it varies. */
  readonly size: number;
  /** Precision and scale of a numeric; -1 without. */
  readonly modifier: number;
}

/** @source PostgreSQL, `pg_type.dat` */
export const oids = {
  bool: 16,
  bytea: 17,
  char: 18,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  unknown: 705,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  timetz: 1266,
  varbit: 1562,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
} as const;

export type TypeName = keyof typeof oids;

/** Element type → type of its arrays. */
const arrayOids: Readonly<Partial<Record<TypeName, number>>> = {
  bool: 1000,
  bytea: 1001,
  int2: 1005,
  int4: 1007,
  text: 1009,
  varchar: 1015,
  int8: 1016,
  float4: 1021,
  float8: 1022,
  timestamp: 1115,
  date: 1182,
  time: 1183,
  timestamptz: 1185,
  interval: 1187,
  numeric: 1231,
  timetz: 1270,
  varbit: 1563,
  uuid: 2951,
  json: 199,
};

const elementsByOid = new Map(Object.entries(arrayOids).map(([name, oid]) => [oid, oids[name as TypeName]] as const));
const namesByOid = new Map(Object.entries(oids).map(([name, oid]) => [oid as number, name as TypeName]));

const sizes: Readonly<Partial<Record<TypeName, number>>> = {
  bool: 1,
  int2: 2,
  int4: 4,
  oid: 4,
  int8: 8,
  float4: 4,
  float8: 8,
  date: 4,
  time: 8,
  timestamp: 8,
  timestamptz: 8,
  timetz: 12,
  interval: 16,
  uuid: 16,
};

/** The engine's type, without what is in brackets behind it → ours. Integers that Postgres lacks become wider ones. */
const byEngineName: Readonly<Record<string, TypeName>> = {
  BOOLEAN: "bool",
  TINYINT: "int2",
  SMALLINT: "int2",
  UTINYINT: "int2",
  INTEGER: "int4",
  USMALLINT: "int4",
  BIGINT: "int8",
  UINTEGER: "int8",
  UBIGINT: "numeric",
  HUGEINT: "numeric",
  UHUGEINT: "numeric",
  BIGNUM: "numeric",
  FLOAT: "float4",
  DOUBLE: "float8",
  DECIMAL: "numeric",
  VARCHAR: "text",
  ENUM: "text",
  DATE: "date",
  TIME: "time",
  TIME_NS: "time",
  "TIME WITH TIME ZONE": "timetz",
  TIMESTAMP: "timestamp",
  TIMESTAMP_S: "timestamp",
  TIMESTAMP_MS: "timestamp",
  TIMESTAMP_NS: "timestamp",
  "TIMESTAMP WITH TIME ZONE": "timestamptz",
  INTERVAL: "interval",
  UUID: "uuid",
  BLOB: "bytea",
  BIT: "varbit",
  JSON: "json",
  STRUCT: "json",
  MAP: "json",
  UNION: "json",
  VARIANT: "json",
};

/** @param engineType as the engine writes it: `DECIMAL(9,2)`, `VARCHAR[]`, `STRUCT(a INTEGER)` */
export function postgresType(engineType: string): PostgresType {
  const element = /^([\s\S]*)\[\d*\]$/.exec(engineType)?.[1];
  if (element !== undefined) return arrayOf(postgresType(element));
  const [, name = "", brackets] = /^([A-Z_ ]+?)\s*(?:\(([\s\S]*)\))?$/i.exec(engineType) ?? [];
  const type = byEngineName[name.toUpperCase()] ?? "text";
  const decimals = type === "numeric" ? /^(\d+)\s*,\s*(\d+)$/.exec(brackets ?? "") : null;
  const modifier = decimals === null ? -1 : (Number(decimals[1]) << 16) + Number(decimals[2]) + 4;
  return { oid: oids[type], size: sizes[type] ?? -1, modifier };
}

/** Postgres has one array type for all dimensions. */
function arrayOf({ oid, modifier }: PostgresType): PostgresType {
  if (elementsByOid.has(oid)) return { oid, size: -1, modifier };
  const name = namesByOid.get(oid) ?? "text";
  return { oid: arrayOids[name] ?? (arrayOids.text as number), size: -1, modifier };
}

const declaredTypes: Readonly<Partial<Record<TypeName, DeclaredType>>> = {
  bool: "boolean",
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  oid: "bigint",
  float4: "real",
  float8: "double",
  numeric: "numeric",
  text: "text",
  varchar: "text",
  bpchar: "text",
  date: "date",
  time: "time",
  timestamp: "timestamp",
  timestamptz: "timestamptz",
  interval: "interval",
  uuid: "uuid",
  bytea: "bytes",
};

/** What a client means by naming a type for a parameter; undefined when it leaves it to the server. */
export function declaredType(oid: number): DeclaredType | undefined {
  const element = elementsByOid.get(oid);
  const declared = declaredTypes[namesByOid.get(element ?? oid) ?? "unknown"];
  return declared === undefined || element === undefined ? declared : (`${declared}[]` as DeclaredType);
}

/** Type of the elements when the type is one of arrays that are known here. */
export function elementOf(oid: number): number | undefined {
  return elementsByOid.get(oid);
}

export function typeName(oid: number): TypeName | undefined {
  return namesByOid.get(oid);
}

/** A column that belongs to no table of the catalog. */
export function fieldOf({ name, sqlType }: { readonly name: string; readonly sqlType: string }): RowField {
  const { oid, size, modifier } = postgresType(sqlType);
  return { name, tableOid: 0, columnNumber: 0, typeOid: oid, typeSize: size, typeModifier: modifier };
}

/** The name of an engine's type as DDL of Postgres writes it; `text` for what it lacks. */
export function ddlType(engineType: string): string {
  const { oid, modifier } = postgresType(engineType);
  const element = elementOf(oid);
  const name = typeName(element ?? oid) ?? "text";
  const precision = modifier < 0 ? "" : `(${(modifier - 4) >> 16},${(modifier - 4) & 0xffff})`;
  return `${name}${precision}${element === undefined ? "" : "[]"}`;
}
