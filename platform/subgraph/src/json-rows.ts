import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { columnType } from "./column-type.ts";
import type { JsonField } from "./json-object.ts";
import type { JsonStatement } from "./json-statement.ts";
import type { TypeGraph } from "./product-graph.ts";
import type { OrderTerm, RowOutput } from "./query-plan.ts";
import { rowColumns } from "./row-columns.ts";
import type { Selection } from "./selection.ts";
import { columnDenied, columnNamed } from "./table-access.ts";

/** Rows of one type in the statement, and what may be asked of them. */
export interface RowScope {
  readonly type: TypeGraph;
  /** The relation, quoted. */
  readonly rows: string;
  readonly columns: ReadonlySet<string>;
  /** Condition on the rows that are shown; null for all. */
  readonly shown: string | null;
  /** Condition that the type's own domain has the row; null where it always has. */
  readonly present: string | null;
  /** SQL of columns that are not taken from the relation. */
  readonly values?: ReadonlyMap<string, string>;
}

/** An SQL value and the joins that make what it names available beside the rows. */
export interface JoinedSql {
  readonly sql: string;
  readonly joins: readonly string[];
}

/** Makes the JSON object of a row from what is selected of it. */
export type RowObject = (statement: JsonStatement, scope: RowScope, selections: readonly Selection[]) => JoinedSql;

export interface JoinedFields {
  readonly fields: readonly JsonField[];
  readonly joins: readonly string[];
}

export const parent = quoteIdentifier(rowColumns.parent);
export const place = quoteIdentifier("$place");

/** Columns that rows must carry: those shown, those that relate them and those that order them. */
export function carriedColumns(output: RowOutput, order: readonly OrderTerm[] = []): ReadonlySet<string> {
  return new Set([...output.columns, ...output.keys.flat(), ...order.map(({ column }) => column)]);
}

export function columnList(columns: Iterable<string>): string[] {
  return [...columns].map(quoteIdentifier);
}

/** How rows refer to those of another relation: columns here, and the columns there with their types. */
export interface KeyMatch {
  readonly scope: RowScope;
  readonly from: readonly string[];
  readonly target: TypeGraph;
  readonly to: readonly string[];
}

/**
 * SELECT of the different keys that the rows carry: `$0`, `$1`, … typed as the columns they are matched with, and
 * `$parent`, by which what is found is joined with the rows again.
 * @throws MeshError `access/column-denied`
 */
export function parentKeysSql(match: KeyMatch): string {
  const parts = keyParts(match);
  const names = parts.map((_, part) => partName(part));
  const keys = parts.map((sql, part) => `${sql} AS ${names[part]}`).join(", ");
  const shown = match.scope.shown === null ? "" : ` WHERE ${match.scope.shown}`;
  const distinct = `SELECT DISTINCT ${keys} FROM ${match.scope.rows}${shown}`;
  const present = names.map((name) => `${name} IS NOT NULL`).join(" AND ");
  return `SELECT ${together(names)} AS ${parent}, ${names.join(", ")} FROM (${distinct}) WHERE ${present}`;
}

/** LEFT JOIN of a relation that has `$parent`. */
export function joinSql(relation: string, match: KeyMatch): string {
  return `LEFT JOIN ${relation} ON ${relation}.${parent} = ${together(keyParts(match))}`;
}

export function partName(part: number): string {
  return quoteIdentifier(`$${part}`);
}

/** How a row of the relation is found from the rows that refer to it: `"$r1"."code" = "$r0"."unit_code"`. */
export function refersSql(relation: string, match: KeyMatch): string {
  const parts = keyParts(match);
  return match.to.map((column, part) => `${relation}.${quoteIdentifier(column)} = ${parts[part]}`).join(" AND ");
}

/** A value that the other column's type cannot hold matches nothing. */
export function keyParts({ scope, from, target, to }: KeyMatch): string[] {
  const { model } = scope.type;
  const missing = from.find((column) => !scope.columns.has(column));
  if (missing !== undefined) throw columnDenied(model, missing, { use: "a relationship" });
  return from.map((column, part) => {
    const value = `${scope.rows}.${quoteIdentifier(column)}`;
    const own = columnType(columnNamed(model, column)).sqlType;
    const wanted = columnType(columnNamed(target.model, to[part] ?? "")).sqlType;
    return own === wanted ? value : `TRY_CAST(CAST(${value} AS VARCHAR) AS ${wanted})`;
  });
}

function together(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] ?? "") : `{${parts.map((part, at) => `'k${at}': ${part}`).join(", ")}}`;
}
