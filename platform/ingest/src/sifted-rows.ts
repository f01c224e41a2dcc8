import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { DeclaredColumn } from "./column-spec.ts";
import { isNested } from "./staged-rows.ts";

/** Rows of texts, parted into those that can become what the columns declare and those that cannot. */
export interface SiftedRows {
  /** SELECT of the stream's columns and `_source`. */
  readonly fitting: string;
  readonly misfits: Misfits;
}

export interface Misfits {
  /** SELECT of `row`, JSON of all texts, `rules` and `reasons`, lists of equal length, and `_source`. */
  readonly sql: string;
  /** SELECT of `count`: how many rows there are in all. */
  readonly countSql: string;
  /** Share of the rows that may be left out, ratio above 0 and at most 1. */
  readonly mostShare: number;
}

/**
 * @param texts SELECT of the columns under their declared names, all VARCHAR, and `_source`; what is pseudonymised is so already
 */
export function siftRows(texts: string, columns: readonly DeclaredColumn[], mostShare: number): SiftedRows {
  const items = columns.map((column) => `${castOf(column)} AS ${quoteIdentifier(column.name)}`);
  const judged = columns.filter(({ type }) => type.toUpperCase() !== "VARCHAR");
  const bad = judged.map((column) => isMisfit(column));
  const any = bad.length === 0 ? "FALSE" : bad.join(" OR ");
  const row = columns.map(({ name }) => `${quoteLiteral(name)}, ${quoteIdentifier(name)}`).join(", ");
  return {
    fitting: `SELECT ${items.join(", ")}, _source FROM (${texts}) WHERE NOT (${any})`,
    misfits: {
      sql: `SELECT json_object(${row}) AS "row", ${listOf(judged, ({ name }) => `type:${name}`)} AS rules,
  ${listOf(judged, ({ from, type }) => `${from} must be a ${type}`)} AS reasons, _source FROM (${texts}) WHERE ${any}`,
      countSql: `SELECT count(*) AS count FROM (${texts})`,
      mostShare,
    },
  };
}

/** Lists and structures are written as JSON; TRY_CAST would make null of a part that does not fit, and keep the rest. */
function castOf({ name, type }: DeclaredColumn): string {
  const text = quoteIdentifier(name);
  return isNested(type) ? `TRY(CAST(CAST(${text} AS JSON) AS ${type}))` : `TRY_CAST(${text} AS ${type})`;
}

function isMisfit(column: DeclaredColumn): string {
  return `(${quoteIdentifier(column.name)} IS NOT NULL AND ${castOf(column)} IS NULL)`;
}

function listOf(columns: readonly DeclaredColumn[], says: (column: DeclaredColumn) => string): string {
  const items = columns.map((column) => `CASE WHEN ${isMisfit(column)} THEN ${quoteLiteral(says(column))} END`);
  return `list_filter([${items.join(", ")}]::VARCHAR[], lambda said: said IS NOT NULL)`;
}
