import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { DeclaredColumn } from "./column-spec.ts";
import type { DatabaseTable, Selection } from "./database-table.ts";
import { digitsBehindPoint } from "./exact-number.ts";

/** What a server cannot say itself about the times it holds. */
export interface TimeForms {
  /** Of DATETIME columns, which carry no offset, as `+10:00`. */
  readonly datetimeOffset: string;
  /** `null`: `0000-00-00` means that there is no value. `error`: it ends the load, as a date that does not exist. */
  readonly zeroDates: "null" | "error";
}

export function isNumber(type: string): boolean {
  return /^((tiny|small|medium|big)?int|decimal|double|float|bit|year)/.test(type);
}

export function isBinary(type: string): boolean {
  return /blob|binary/.test(type);
}

/** The SELECT of the declared columns, and no others, in the forms that the staged relation reads. */
export function selectStatement(table: DatabaseTable, selection: Selection, forms: TimeForms): string {
  const { columns, where, orderBy = [] } = selection;
  const items = columns.map((column) => selectItem(column, table.columns.get(column.from)?.type, forms));
  return [
    `SELECT ${items.join(", ")} FROM ${qualifiedName(table.schema, table.name)}`,
    ...(where === undefined ? [] : [`WHERE ${where}`]),
    ...(orderBy.length === 0 ? [] : [`ORDER BY ${orderBy.map(quoteIdentifier).join(", ")}`]),
  ].join(" ");
}

function selectItem(column: DeclaredColumn, type: string | undefined, forms: TimeForms): string {
  if (type === undefined) return "NULL";
  const value = quoteIdentifier(column.from);
  if (isNumber(type)) return numberField(value, type, column);
  if (isBinary(type)) return `HEX(${value})`;
  if (/^(date|timestamp)/.test(type)) return timeField(value, type, { column, forms });
  return textField(value, type, column);
}

function numberField(value: string, type: string, { type: declared }: DeclaredColumn): string {
  // A text of a FLOAT has six digits; as DOUBLE it has all of them.
  const number = type.startsWith("float")
    ? floatField(value, declared)
    : type.startsWith("bit")
      ? `(${value} + 0)`
      : value;
  if (!/^BOOL(EAN)?$/i.test(declared)) return number;
  return `CASE ${number} WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE ${number} END`;
}

/** Of two numbers a FLOAT tells apart those that differ by more than this share of them. */
const floatNoise = 6e-8;

/** As a number with so many digits behind the point where that is the one that the FLOAT stands for. */
function floatField(value: string, declared: string): string {
  const number = `(${value} + 0e0)`;
  const behind = digitsBehindPoint(declared);
  if (behind === undefined) return number;
  const rounded = `ROUND(${number}, ${behind})`;
  return `IF(ABS(${rounded} - ${number}) <= ABS(${number}) * ${floatNoise}, ${rounded}, ${number})`;
}

interface TimeColumn {
  readonly column: DeclaredColumn;
  readonly forms: TimeForms;
}

/** A TIMESTAMP is an instant, shown in the session's zone: UTC. */
function timeField(value: string, type: string, { column, forms }: TimeColumn): string {
  const time = forms.zeroDates === "null" ? `IF(${value} = 0, NULL, ${value})` : value;
  if (!/^(TIMESTAMP WITH TIME ZONE|TIMESTAMPTZ)$/i.test(column.type) || type === "date") return time;
  return `CONCAT(${time}, '${type.startsWith("timestamp") ? "+00:00" : forms.datetimeOffset}')`;
}

const spatial = /^(geometry|point|linestring|polygon|multi\w+|geom(etry)?collection)$/;

function textField(value: string, type: string, column: DeclaredColumn): string {
  if (spatial.test(type)) return `ST_AsText(${value})`;
  const text = `CONVERT(${value} USING utf8mb4)`;
  return type.startsWith("set(") && column.type.endsWith("]") ? setAsJson(text) : text;
}

/** Members of a SET hold no comma. */
function setAsJson(text: string): string {
  const escaped = `REPLACE(REPLACE(${text}, '\\', '\\\\'), '"', '\\"')`;
  return `IF(${text} = '', '[]', CONCAT('["', REPLACE(${escaped}, ',', '","'), '"]'))`;
}
