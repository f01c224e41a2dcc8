import type { ColumnModel } from "@thoth/contract/product-model";

export type ColumnKind =
  | "string"
  | "enum"
  | "int"
  | "bigint"
  | "float"
  | "decimal"
  | "boolean"
  | "date"
  | "timestamp"
  | "time"
  | "json"
  | "list";

/** What a column's DuckDB type means to us. Only types built here are written into SQL, never the contract's own text. */
export interface ColumnType {
  readonly kind: ColumnKind;
  /** Canonical DuckDB type that values and cursors are cast to. */
  readonly sqlType: string;
  /** True when the stored type is read as text because GraphQL has nothing nearer: UUID, ENUM, BLOB, INTERVAL. */
  readonly asText?: boolean;
  /** Closed set of an enum. */
  readonly values?: readonly string[];
  /** Inclusive, of whole numbers. */
  readonly range?: readonly [bigint, bigint];
  /** Of decimals: all digits, and those after the point. */
  readonly digits?: readonly [width: number, scale: number];
  /** True for a timestamp with time zone. */
  readonly zoned?: boolean;
  /** Element type of a list. */
  readonly item?: ColumnType;
}

type TypedColumn = Pick<ColumnModel, "sqlType"> & Pick<Partial<ColumnModel>, "enumValues">;

export function columnType(column: TypedColumn): ColumnType {
  const type = parseSqlType(column.sqlType);
  const values = column.enumValues;
  if (type.kind !== "string" || values === undefined || values.length === 0) return type;
  return { ...type, kind: "enum", values };
}

/** Can be compared, sorted, grouped and counted as one value. */
export function isScalar(type: ColumnType): boolean {
  return type.kind !== "list" && type.kind !== "json";
}

export function isNumeric(type: ColumnType): boolean {
  return type.kind === "int" || type.kind === "bigint" || type.kind === "float" || type.kind === "decimal";
}

export function isTime(type: ColumnType): boolean {
  return type.kind === "date" || type.kind === "timestamp";
}

/** Type of `sum` over a column: wide enough not to overflow, exact where the column is. */
export function sumType(type: ColumnType): ColumnType {
  if (type.kind === "float" || type.sqlType === "UHUGEINT") return double;
  if (type.kind !== "decimal") return integer("HUGEINT", 128, true);
  const scale = type.digits?.[1] ?? 0;
  return { kind: "decimal", sqlType: `DECIMAL(38,${scale})`, digits: [38, scale] };
}

export const double: ColumnType = { kind: "float", sqlType: "DOUBLE" };
export const countType: ColumnType = integer("BIGINT", 64, true);

const text: ColumnType = { kind: "string", sqlType: "VARCHAR" };
const json: ColumnType = { kind: "json", sqlType: "JSON" };

function integer(sqlType: string, bits: number, signed: boolean): ColumnType {
  const width = BigInt(bits);
  const range = signed
    ? ([-(1n << (width - 1n)), (1n << (width - 1n)) - 1n] as const)
    : ([0n, (1n << width) - 1n] as const);
  return { kind: bits < 32 || (bits === 32 && signed) ? "int" : "bigint", sqlType, range };
}

const families: readonly (readonly [names: string, type: ColumnType])[] = [
  ["VARCHAR CHAR BPCHAR TEXT STRING", text],
  ["TINYINT INT1", integer("TINYINT", 8, true)],
  ["SMALLINT INT2 INT16 SHORT", integer("SMALLINT", 16, true)],
  ["INTEGER INT INT4 INT32 SIGNED", integer("INTEGER", 32, true)],
  ["BIGINT INT8 INT64 LONG", integer("BIGINT", 64, true)],
  ["HUGEINT INT128", integer("HUGEINT", 128, true)],
  ["UTINYINT UINT8", integer("UTINYINT", 8, false)],
  ["USMALLINT UINT16", integer("USMALLINT", 16, false)],
  ["UINTEGER UINT32", integer("UINTEGER", 32, false)],
  ["UBIGINT UINT64", integer("UBIGINT", 64, false)],
  ["UHUGEINT UINT128", integer("UHUGEINT", 128, false)],
  ["DOUBLE FLOAT8", double],
  ["FLOAT FLOAT4 REAL", { kind: "float", sqlType: "FLOAT" }],
  ["BOOLEAN BOOL LOGICAL", { kind: "boolean", sqlType: "BOOLEAN" }],
  ["DATE", { kind: "date", sqlType: "DATE" }],
  ["TIME", { kind: "time", sqlType: "TIME" }],
  ["TIMESTAMP DATETIME TIMESTAMP_US TIMESTAMP_WITHOUT_TIME_ZONE", { kind: "timestamp", sqlType: "TIMESTAMP" }],
  ["TIMESTAMP_S", { kind: "timestamp", sqlType: "TIMESTAMP_S" }],
  ["TIMESTAMP_MS", { kind: "timestamp", sqlType: "TIMESTAMP_MS" }],
  ["TIMESTAMP_NS", { kind: "timestamp", sqlType: "TIMESTAMP_NS" }],
  ["TIMESTAMPTZ TIMESTAMP_WITH_TIME_ZONE", { kind: "timestamp", sqlType: "TIMESTAMP WITH TIME ZONE", zoned: true }],
  ["JSON STRUCT MAP UNION VARIANT", json],
];

const byName = new Map(families.flatMap(([names, type]) => names.split(" ").map((name) => [name, type] as const)));

function parseSqlType(sqlType: string): ColumnType {
  const trimmed = sqlType.trim().toUpperCase();
  const list = /^(.*)\[\d*\]$/s.exec(trimmed);
  if (list !== null) return listType(parseSqlType(list[1] ?? ""));
  const [, name = "", parameters] = /^([A-Z_0-9 ]+?)\s*(?:\((.*)\))?$/s.exec(trimmed) ?? [];
  if (name === "DECIMAL" || name === "NUMERIC" || name === "DEC") return decimalType(parameters);
  return byName.get(name.replaceAll(/\s+/g, "_")) ?? { ...text, asText: true };
}

function listType(item: ColumnType): ColumnType {
  if (!isScalar(item)) return json;
  return { kind: "list", sqlType: `${item.sqlType}[]`, item, ...(item.asText === undefined ? {} : { asText: true }) };
}

function decimalType(parameters = "18,3"): ColumnType {
  const [width = 18, scale = 0] = parameters.split(",").map((part) => Number.parseInt(part, 10));
  return { kind: "decimal", sqlType: `DECIMAL(${width},${scale})`, digits: [width, scale] };
}
