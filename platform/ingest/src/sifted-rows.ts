import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { StreamColumn } from "./connector.ts";

/** Rows parted into those whose values can become what the columns declare and those that cannot. */
export interface SiftedRows {
  /** SELECT of the stream's columns and `_source`. */
  readonly fitting: string;
  readonly misfits: Misfits;
}

export interface Misfits {
  /** SELECT of `row`, JSON of all values as texts, `rules` and `reasons`, lists of equal length, and `_source`. */
  readonly sql: string;
  /** SELECT of `count`: how many rows there are in all, less those that have landed before. */
  readonly countSql: string;
  /** Share of the rows that may be left out, ratio above 0 and at most 1. */
  readonly mostShare: number;
  /** What `_source` holds: a file, or where a server has the rows. */
  readonly place: "file" | "path";
  /** The source gives again what it gave: what has been held back before is not held back a second time. */
  readonly comesAgain?: boolean;
}

/** SQL of a column's declared value, null where it does not fit; of one that is in `"name"`. */
export type CastOf = (column: StreamColumn) => string;

export interface Sieve {
  readonly mostShare: number;
  readonly place: Misfits["place"];
  /** From a text unless given. */
  readonly castOf?: CastOf;
}

/** @param rows SELECT of the columns under their declared names, not cast yet, and `_source`; what is pseudonymised is so already */
export function siftRows(
  rows: string,
  columns: readonly StreamColumn[],
  { mostShare, place, castOf = castText }: Sieve,
): SiftedRows {
  const items = columns.map((column) => `${castOf(column)} AS ${quoteIdentifier(column.name)}`);
  const judged = columns.filter(({ type, pseudonymise }) => !pseudonymise && type.toUpperCase() !== "VARCHAR");
  const isMisfit = (column: StreamColumn) => {
    const value = quoteIdentifier(column.name);
    // A list or a structure may be null in JSON.
    const isJsonNull = castOf !== castValue && isNested(column.type) ? ` AND trim(${value}) <> 'null'` : "";
    return `(${value} IS NOT NULL${isJsonNull} AND ${castOf(column)} IS NULL)`;
  };
  const any = judged.length === 0 ? "FALSE" : judged.map(isMisfit).join(" OR ");
  const listOf = (says: (column: StreamColumn) => string) => {
    const said = judged.map((column) => `CASE WHEN ${isMisfit(column)} THEN ${quoteLiteral(says(column))} END`);
    return `list_filter([${said.join(", ")}]::VARCHAR[], lambda said: said IS NOT NULL)`;
  };
  return {
    fitting: `SELECT ${items.join(", ")}, _source FROM (${rows}) WHERE NOT (${any})`,
    misfits: {
      sql: `SELECT ${rowOf(columns)} AS "row", ${listOf(({ name }) => `type:${name}`)} AS rules,
  ${listOf(({ name, from = name, type }) => `${from} must be a ${type}`)} AS reasons, _source FROM (${rows}) WHERE ${any}`,
      countSql: `SELECT count(*) AS count FROM (${rows})`,
      mostShare,
      place,
    },
  };
}

/** @param broken SELECT of rows that do not fit whatever their columns declare, because they hold bytes that are no text */
export function withBroken(misfits: Misfits, broken: string, columns: readonly StreamColumn[]): Misfits {
  const all = `SELECT ${rowOf(columns)} AS "row", ['encoding'] AS rules, ['its texts must be UTF-8'] AS reasons, _source FROM (${broken})`;
  return {
    ...misfits,
    sql: `${misfits.sql} UNION ALL ${all}`,
    countSql: `SELECT (${misfits.countSql}) + (SELECT count(*) FROM (${broken})) AS count`,
  };
}

function rowOf(columns: readonly StreamColumn[]): string {
  return `json_object(${columns.map(({ name }) => `${quoteLiteral(name)}, ${quoteIdentifier(name)}::VARCHAR`).join(", ")})`;
}

/** A list or a structure, which texts hold as JSON. */
export function isNested(type: string): boolean {
  return /\]$|^(STRUCT|MAP|UNION)\b/i.test(type);
}

/** TRY_CAST of a list or a structure would make null of a part that does not fit, and keep the rest. */
export function castText({ name, type }: StreamColumn): string {
  const text = quoteIdentifier(name);
  return isNested(type) ? `TRY(CAST(CAST(${text} AS JSON) AS ${type}))` : `TRY_CAST(${text} AS ${type})`;
}

/** The same for values that have a type already. */
export function castValue({ name, type }: StreamColumn): string {
  const value = quoteIdentifier(name);
  return isNested(type) ? `TRY(CAST(${value} AS ${type}))` : `TRY_CAST(${value} AS ${type})`;
}
