import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { ColumnAccess, Decision, Grouping } from "./decision.ts";
import { maskSql, type StoredColumn } from "./mask-sql.ts";

export interface SecuredSource {
  /** SQL of the table as it is stored: `"ontrack_learning"."product"."units"`. */
  readonly from: string;
  /** The columns that are read of it; each must be visible in some way. */
  readonly columns: readonly StoredColumn[];
}

/**
 * The innermost FROM of every port: SQL of a relation that holds what the decision lets through of the named columns, and
 * nothing else. Rows are filtered by what is stored, then values are masked; what stands around it sees neither.
 *
 * Under a grouping, rows of cells with too few people are not there, whatever is asked. Every answer is then a sum over
 * whole cells, so that the difference of two answers is one too: no question singles out fewer people than a cell holds.
 */
export function securedSource(decision: Decision, { from, columns }: SecuredSource): string {
  const { rowFilter, grouping, masks, salt } = decision;
  const masked = columns.filter(({ name }) => columnAccess(decision, name) === "masked");
  const rows = rowFilter === null ? from : `(SELECT * FROM ${from} WHERE (${rowFilter}\n))`;
  if (grouping !== null) return groupedSource(decision, grouping, { from: rows, columns });
  if (masked.length === 0) return rows;
  const shown = columns.map((column) =>
    masked.includes(column)
      ? `${maskSql(column, masks[column.name] ?? null, salt)} AS ${quoteIdentifier(column.name)}`
      : quoteIdentifier(column.name),
  );
  return `(SELECT ${shown.join(", ")} FROM ${rows})`;
}

/** SELECT of all columns that are visible in some way, in the given order. */
export function securedSelect(decision: Decision, { from, columns }: SecuredSource): string {
  const visible = columns.filter(({ name }) => columnAccess(decision, name) !== "denied");
  const list = visible.map(({ name }) => quoteIdentifier(name)).join(", ");
  return `SELECT ${list} FROM ${securedSource(decision, { from, columns: visible })}`;
}

/** A column the decision does not list is denied. */
export function columnAccess({ columns }: Decision, name: string): ColumnAccess {
  return Object.hasOwn(columns, name) ? (columns[name] ?? "denied") : "denied";
}

const subjectName = quoteIdentifier("$subject");

function groupedSource(decision: Decision, grouping: Grouping, { from, columns }: SecuredSource): string {
  const { masks, salt, minGroupSize } = decision;
  const least = Math.max(2, Math.trunc(minGroupSize));
  const dimensions = grouping.dimensions.map((name) => {
    const column = grouping.types[name];
    if (column === undefined) throw new Error(`the grouping does not tell the type of ${name}`);
    const value =
      masks[name] === undefined ? quoteIdentifier(name) : maskSql({ name, sqlType: column }, masks[name], salt);
    return `${value} AS ${quoteIdentifier(name)}`;
  });
  const measures = columns.filter(({ name }) => columnAccess(decision, name) === "aggregated");
  const inner = [
    ...dimensions,
    ...measures.map(({ name }) => quoteIdentifier(name)),
    `${quoteIdentifier(grouping.subject)} AS ${subjectName}`,
  ];
  const cell = `(PARTITION BY ${grouping.dimensions.map(quoteIdentifier).join(", ")})`;
  const shown = columns.map(({ name }) => {
    const column = quoteIdentifier(name);
    if (columnAccess(decision, name) !== "aggregated") return column;
    // The mean of one known value and nine unknown ones would be that value.
    const people = `count(DISTINCT CASE WHEN ${column} IS NOT NULL THEN ${subjectName} END) OVER ${cell}`;
    return `CASE WHEN ${people} >= ${least} THEN ${column} END AS ${column}`;
  });
  const list = shown.length === 0 ? 'TRUE AS "$row"' : shown.join(", ");
  const enough = `count(DISTINCT ${subjectName}) OVER ${cell} >= ${least}`;
  return `(SELECT ${list} FROM (SELECT ${inner.join(", ")} FROM ${from}) QUALIFY ${enough})`;
}
