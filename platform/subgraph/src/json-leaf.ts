import { quoteLiteral } from "@thoth/warehouse/sql-text";
import type { ColumnType } from "./column-type.ts";
import { enumValueNames } from "./type-names.ts";

/**
 * An SQL expression that `to_json` writes exactly as the schema's scalars serialise the value: what `leaf-value.ts` and
 * `scalars.ts` do in JavaScript. What they would refuse, or write in a way SQL does not know, is an error of the
 * statement, upon which the field is executed by the reference executor.
 * @param value an SQL expression of the type, evaluated more than once
 */
export function leafSql(type: ColumnType, value: string): string {
  switch (type.kind) {
    case "string":
    case "int":
    case "boolean":
    case "json":
      return value;
    case "bigint":
      return bigIntSql(type, value);
    case "float":
      return floatSql(type, value);
    case "decimal":
      return decimalSql(type, value);
    case "time":
      return `CAST(${value} AS VARCHAR)`;
    case "date":
      return guarded(value, `${value} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'`, `CAST(${value} AS VARCHAR)`);
    case "timestamp":
      return momentSql(type, value);
    case "enum":
      return enumSql(type, value);
    case "list":
      return listSql(type, value);
    default:
      return type.kind satisfies never;
  }
}

/** The same for a value that is neither NaN nor infinite, as those of a table's columns are. */
export function finiteLeafSql(type: ColumnType, value: string): string {
  return type.kind === "float" ? writtenFloat(type, value) : leafSql(type, value);
}

/** Columns of these types are read as JavaScript objects whose parts have no exact counterpart in SQL. */
export function isPlannable(type: ColumnType, declared: string): boolean {
  return type.kind !== "json" || declared.trim().toUpperCase() === "JSON";
}

/** A JSON number up to 2^53 − 1, beyond that a string. */
function bigIntSql({ range }: ColumnType, value: string): string {
  const isSafe = range !== undefined && range[0] >= -safe && range[1] <= safe;
  if (isSafe) return value;
  return `CASE WHEN ${value} BETWEEN -${safe} AND ${safe} THEN to_json(${value}) ELSE to_json(CAST(${value} AS VARCHAR)) END`;
}

const safe = BigInt(Number.MAX_SAFE_INTEGER);

/** JSON has no NaN and no infinity. */
function floatSql(type: ColumnType, value: string): string {
  return `CASE WHEN isfinite(${value}) THEN ${writtenFloat(type, value)} END`;
}

/** JavaScript writes negative zero as zero. */
function writtenFloat({ sqlType }: ColumnType, value: string): string {
  return `${sqlType === "DOUBLE" ? value : `CAST(${value} AS DOUBLE)`} + 0.0::DOUBLE`;
}

/** The engine leaves the zero before the point out when the type has no digits there. */
function decimalSql({ digits }: ColumnType, value: string): string {
  const text = `CAST(${value} AS VARCHAR)`;
  if (digits === undefined || digits[0] > digits[1]) return text;
  return `regexp_replace(${text}, '^(-?)\\.', '\\10.')`;
}

function momentSql({ zoned, sqlType }: ColumnType, value: string): string {
  // Nanoseconds reach from 1677 to 2262, and have no type to compare longer times in.
  if (sqlType === "TIMESTAMP_NS") return `CASE WHEN isfinite(${value}) THEN strftime(${value}, ${isoFormat}) END`;
  const utc = zoned === true ? `timezone('UTC', ${value})` : value;
  const within = `${value} BETWEEN ${moment("0001-01-01 00:00:00", zoned)} AND ${moment("9999-12-31 23:59:59", zoned)}`;
  return guarded(value, within, `strftime(${utc}, ${isoFormat})`);
}

const isoFormat = "'%Y-%m-%dT%H:%M:%S.%gZ'";

function moment(text: string, zoned = false): string {
  return zoned ? `TIMESTAMPTZ '${text}+00'` : `TIMESTAMP '${text}'`;
}

/** Infinite times are missing; years that need more or less than four digits are left to JavaScript. */
function guarded(value: string, within: string, text: string): string {
  return `CASE WHEN ${within} THEN ${text} WHEN isinf(${value}) THEN NULL WHEN ${value} IS NOT NULL THEN error('year') END`;
}

function enumSql({ values = [] }: ColumnType, value: string): string {
  const names = [...enumValueNames(values)];
  const cases = names.map(([stored, name]) => `WHEN ${quoteLiteral(stored)} THEN ${quoteLiteral(name)}`);
  return `CASE WHEN ${value} IS NOT NULL THEN CASE ${value} ${cases.join(" ")} ELSE error('enum') END END`;
}

function listSql({ item, sqlType }: ColumnType, value: string): string {
  const list = `CAST(${value} AS ${sqlType})`;
  const each = item === undefined ? "item" : leafSql(item, "item");
  return each === "item" ? list : `list_transform(${list}, lambda item: ${each})`;
}
