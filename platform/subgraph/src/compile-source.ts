import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import { predicateSql } from "./compile-predicate.ts";
import { intervalSql } from "./duration.ts";
import type { KeyColumn, ReadColumn, RowSource, TableReference, TimeShift } from "./query-plan.ts";
import { rowColumns } from "./row-columns.ts";
import type { SqlParameters } from "./sql-parameters.ts";

/** Name of the relation that holds the parents' keys. */
export const parentsName = quoteIdentifier("$parents");

/** Keys of parent rows, one tuple of texts per parent; a parent's number is its place in the list. */
export type ParentKeys = readonly (readonly string[])[];

/** The statement's WITH, to be added to; later relations may name earlier ones. */
export type NamedRelations = (readonly [name: string, sql: string])[];

/** SELECT that yields the rows of a source, each with its parent's number when the source is matched with parents. */
export function sourceSql(source: RowSource, parameters: SqlParameters): string {
  const rows = `${tableSql(source.table, source.shift)} AS "row"`;
  const where = source.where === null ? "" : ` WHERE ${predicateSql(source.where, parameters)}`;
  if (source.match === null) return `SELECT * FROM ${rows}${where}`;
  const parent = `"parent".${quoteIdentifier(rowColumns.parent)}`;
  const on = source.match.map(({ name }, part) => `"row".${quoteIdentifier(name)} = "parent".${partName(part)}`);
  return `SELECT ${parent}, "row".* FROM ${rows} JOIN ${parentsName} AS "parent" ON ${on.join(" AND ")}${where}`;
}

/** SELECT of the parents' numbers and keys. A key that the column's type cannot hold matches nothing. */
export function parentsSql(match: readonly KeyColumn[], keys: ParentKeys, parameters: SqlParameters): string {
  const parts = match.map(({ sqlType }, part) => {
    const texts = parameters.list({ sqlType: "VARCHAR", values: keys.map((key) => key[part] ?? "") });
    return `TRY_CAST(unnest(${texts}) AS ${sqlType}) AS ${partName(part)}`;
  });
  const ordinals = `unnest(${parameters.ordinals(keys.length)}) AS ${quoteIdentifier(rowColumns.parent)}`;
  return `SELECT ${[ordinals, ...parts].join(", ")}`;
}

/** The innermost FROM: nothing leaves it that the decision does not let through. */
function tableSql(table: TableReference, shift: TimeShift | null): string {
  const allowed = table.secured ?? qualifiedName(...table.name);
  const columns = table.columns.map((column) => readSql(column, shift));
  const list = columns.length === 0 ? 'TRUE AS "$row"' : columns.join(", ");
  return `(SELECT ${list} FROM ${allowed})`;
}

function readSql(column: ReadColumn, shift: TimeShift | null): string {
  const name = quoteIdentifier(column.name);
  switch (column.as) {
    case "finite":
      return `CASE WHEN isfinite(${name}) THEN ${name} END AS ${name}`;
    case "text":
      return `CAST(${name} AS ${column.sqlType}) AS ${name}`;
    case "stored":
      if (shift?.column !== column.name) return name;
      return `CAST(${name} + ${intervalSql(shift.by)} AS ${shift.sqlType}) AS ${name}`;
    default:
      return column.as satisfies never;
  }
}

function partName(part: number): string {
  return quoteIdentifier(`$${part}`);
}
