import type { ColumnModel } from "@thoth/contract/product-model";
import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import { type ColumnType, columnType } from "./column-type.ts";
import { termsSql } from "./compile-page.ts";
import type { Statement } from "./compile-sql.ts";
import { type FilePart, partRowsSql } from "./file-outline.ts";
import type { FilePlan } from "./file-plan.ts";
import { finiteLeafSql } from "./json-leaf.ts";
import { objectSql } from "./json-object.ts";
import { SqlParameters } from "./sql-parameters.ts";

/** How rows become text; each row carries what separates it from the others. */
export type TextFormat = "json" | "ndjson" | "csv";

export interface TextOptions {
  readonly format: TextFormat;
  /** Puts an apostrophe before texts that a spreadsheet would take for formulas; CSV only. */
  readonly safe: boolean;
}

/** Rows that are written together: a few hundred kilobytes. */
const rowsOfBlock = 2_048;

/**
 * The rows of a part as text, in blocks, one BLOB a row of the answer. Values are written as GraphQL writes them, except
 * that those of a closed set go by the names of the contract, as in every file.
 */
export function textStatement(plan: FilePlan, part: FilePart, options: TextOptions): Statement {
  const parameters = new SqlParameters();
  const rows = partRowsSql(plan, part, parameters);
  const numbered = `SELECT *, row_number() OVER (ORDER BY ${termsSql(plan.order)}) - 1 AS "$n" FROM (${rows})`;
  const line = options.format === "csv" ? csvLine(plan.columns, options) : jsonLine(plan.columns, options, part);
  const block = `"$n" // ${rowsOfBlock}`;
  const sql = `SELECT encode(string_agg("$line", '' ORDER BY "$n")) AS text FROM (SELECT "$n", ${line} AS "$line" FROM (${numbered})) GROUP BY ${block} ORDER BY ${block}`;
  return { sql, params: parameters.values };
}

/** What stands before the first row. */
export function textHead({ columns }: FilePlan, { format }: TextOptions): string {
  if (format === "json") return "[";
  return format === "csv" ? `${columns.map(({ name }) => quoteCell(name)).join(",")}\r\n` : "";
}

/** What stands behind the last row. */
export function textTail({ format }: TextOptions): string {
  return format === "json" ? "]\n" : "";
}

function jsonLine(columns: readonly ColumnModel[], { format }: TextOptions, { isFirst }: FilePart): string {
  const object = objectSql(columns.map((column) => [column.name, jsonCell(column)]));
  const text = `CAST(to_json(${object}) AS VARCHAR)`;
  if (format === "ndjson") return `${text} || chr(10)`;
  const separator = isFirst ? `if("$n" = 0, chr(10), ',' || chr(10))` : "',' || chr(10)";
  return `${separator} || ${text}`;
}

function jsonCell(column: ColumnModel): string {
  return valueSql(storedNames(columnType(column)), quoteIdentifier(column.name));
}

function valueSql(type: ColumnType, value: string): string {
  switch (type.kind) {
    case "json":
      return soundJson(value);
    case "date":
    case "timestamp":
      return timeSql(type, value);
    default:
      return finiteLeafSql(type, value);
  }
}

/** Years of more than four digits, and those before Christ, as JavaScript writes them: `+012026`, `-000043`. */
function timeSql(type: ColumnType, value: string): string {
  const at = type.zoned === true ? `timezone('UTC', ${value})` : value;
  const year = `year(${at})`;
  const sign = `CASE WHEN ${year} > 9999 THEN '+' WHEN ${year} < 0 THEN '-' ELSE '' END`;
  const digits = `lpad(CAST(abs(${year}) AS VARCHAR), if(${year} BETWEEN 0 AND 9999, 4, 6), '0')`;
  const [plain, rest] = type.kind === "date" ? ["%Y-%m-%d", "-%m-%d"] : [isoFormat, isoFormat.slice(2)];
  const written = `CASE WHEN ${year} BETWEEN 1 AND 9999 THEN strftime(${at}, '${plain}') ELSE concat(${sign}, ${digits}, strftime(${at}, '${rest}')) END`;
  return `CASE WHEN isfinite(${value}) THEN ${written} END`;
}

const isoFormat = "%Y-%m-%dT%H:%M:%S.%gZ";

/** Numbers deep inside of a structure may be what JSON has no word for. */
function soundJson(value: string): string {
  const json = `to_json(${value})`;
  return `CASE WHEN ${value} IS NULL THEN NULL WHEN json_valid(CAST(${json} AS VARCHAR)) THEN ${json} ELSE error('no JSON') END`;
}

function storedNames(type: ColumnType): ColumnType {
  if (type.kind === "enum") return { ...type, kind: "string" };
  return type.item === undefined ? type : { ...type, item: storedNames(type.item) };
}

/** By RFC 4180. Texts are quoted always, so that an empty one differs from none. */
function csvLine(columns: readonly ColumnModel[], options: TextOptions): string {
  const cells = columns.map((column) => csvCell(column, options));
  return `concat(${cells.flatMap((cell, at) => (at === 0 ? [cell] : ["','", cell])).join(", ")}, chr(13) || chr(10))`;
}

function csvCell(column: ColumnModel, { safe }: TextOptions): string {
  const type = storedNames(columnType(column));
  const name = quoteIdentifier(column.name);
  switch (type.kind) {
    case "string":
      return quotedSql(safe ? harmlessSql(name) : name);
    case "json":
    case "list":
      return quotedSql(`CAST(to_json(${valueSql(type, name)}) AS VARCHAR)`);
    case "bigint":
      return `CAST(${name} AS VARCHAR)`;
    default:
      return `CAST(${valueSql(type, name)} AS VARCHAR)`;
  }
}

function quotedSql(text: string): string {
  return `('"' || replace(${text}, '"', '""') || '"')`;
}

/** What a spreadsheet takes for the beginning of a formula. */
const formulaStarts = ["=", "+", "-", "@", "\t", "\r", "\n"];

function harmlessSql(text: string): string {
  const starts = formulaStarts.map(quoteLiteral).join(", ");
  return `(if(left(${text}, 1) IN (${starts}), '''', '') || ${text})`;
}

function quoteCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
