import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { StreamColumn } from "./connector.ts";
import { digitsBehindPoint, exactNested, exactNumber } from "./exact-number.ts";
import { withoutSecretsInText } from "./secret-names.ts";

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
  /** The rows have values, not texts. */
  readonly typed?: boolean;
}

/** @param rows SELECT of the columns under their declared names, not cast yet, and `_source`; what is pseudonymised is so already */
export function siftRows(
  rows: string,
  columns: readonly StreamColumn[],
  { mostShare, place, castOf = castText, typed = false }: Sieve,
): SiftedRows {
  const items = columns.map((column) => `${castOf(column)} AS ${quoteIdentifier(column.name)}`);
  const judged = columns.filter(({ type, pseudonymise }) => !pseudonymise && type.toUpperCase() !== "VARCHAR");
  const isMisfit = (column: StreamColumn) => `(${isThere(column, typed)} AND ${castOf(column)} IS NULL)`;
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

/** SQL of whether there is a value at all. A list or a structure may be null in JSON. */
export function isThere({ name, type }: StreamColumn, typed: boolean): string {
  const value = quoteIdentifier(name);
  return `${value} IS NOT NULL${!typed && isNested(type) ? ` AND trim(${value}) <> 'null'` : ""}`;
}

function rowOf(columns: readonly StreamColumn[]): string {
  const fields = columns.map(({ name, type }) => {
    const text = `${quoteIdentifier(name)}::VARCHAR`;
    // Instead of a number there may be a document; all others have been searched.
    const isSearched = isNested(type) || /^(VARCHAR|TEXT|STRING|JSON)$/i.test(type);
    return `${quoteLiteral(name)}, ${isSearched ? text : withoutSecretsInText(text)}`;
  });
  return `json_object(${fields.join(", ")})`;
}

/** A list or a structure, which texts hold as JSON. */
export function isNested(type: string): boolean {
  return /\]$|^(STRUCT|MAP|UNION)\b/i.test(type);
}

export function castText({ name, type }: StreamColumn): string {
  return fittingValue(quoteIdentifier(name), type);
}

/**
 * SQL of a text as a value of a type, null where it does not fit. TRY_CAST of a list or a structure would make null of a part
 * that does not fit, and keep the rest.
 */
export function fittingValue(text: string, type: string): string {
  if (isNested(type)) return exactNested((as) => `CAST(CAST(${text} AS JSON) AS ${as})`, type);
  return digitsBehindPoint(type) === undefined ? `TRY_CAST(${text} AS ${type})` : exactNumber(text, type);
}

/** The same for values that have a type already. @param typeOf what the source has in a column; undefined when it has none */
export function castValue(typeOf: (column: StreamColumn) => string | undefined): CastOf {
  return (column) => {
    const [value, { type }] = [quoteIdentifier(column.name), column];
    if (isNested(type)) return exactNested((as) => `CAST(${value} AS ${as})`, type);
    const [behind, given] = [digitsBehindPoint(type), digitsBehindPoint(typeOf(column) ?? "")];
    const isSafe = behind === undefined || (given !== undefined && given <= behind);
    return isSafe ? `TRY_CAST(${value} AS ${type})` : exactNumber(`${value}::VARCHAR`, type);
  };
}
