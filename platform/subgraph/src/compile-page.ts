import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { predicateSql } from "./compile-predicate.ts";
import { type NamedRelations, sourceSql } from "./compile-source.ts";
import type { LookupPlan, OrderTerm, PagePlan, RowOutput } from "./query-plan.ts";
import { keyColumn, rowColumns } from "./row-columns.ts";
import type { SqlParameters } from "./sql-parameters.ts";

const parent = quoteIdentifier(rowColumns.parent);
const total = quoteIdentifier(rowColumns.total);
const hit = quoteIdentifier(rowColumns.hit);

export function lookupSql(plan: LookupPlan, parameters: SqlParameters): string {
  return `SELECT ${[parent, ...outputSql(plan.output)].join(", ")} FROM (${sourceSql(plan.source, parameters)})`;
}

/** Rows, their count, or both in one statement over the same filtered rows. */
export function pageSql(plan: PagePlan, parameters: SqlParameters, relations: NamedRelations): string {
  const source = sourceSql(plan.source, parameters);
  if (!plan.total) return `${rowsSql(plan, `(${source})`, [], parameters)}${orderSql(plan)}`;
  if (!plan.rows) return countSql(plan, `(${source})`);
  relations.push([`"$filtered"`, source]);
  return countedRowsSql(plan, parameters);
}

/** The count stays even when the page is empty: it is on the left of the join. */
function countedRowsSql(plan: PagePlan, parameters: SqlParameters): string {
  const matched = plan.source.match !== null;
  const orderColumns = plan.order.map((term) => quoteIdentifier(term.column));
  const page = rowsSql(plan, `"$filtered"`, [`TRUE AS ${hit}`, ...orderColumns], parameters);
  const on = matched ? `USING (${parent})` : "ON TRUE";
  const output = [...(matched ? [parent] : []), total, hit, ...outputNames(plan)];
  return `SELECT ${output.join(", ")} FROM (${countSql(plan, `"$filtered"`)}) LEFT JOIN (${page}) ${on}${orderSql(plan)}`;
}

function countSql(plan: PagePlan, from: string): string {
  if (plan.source.match === null) return `SELECT count(*) AS ${total} FROM ${from}`;
  return `SELECT ${parent}, count(*) AS ${total} FROM ${from} GROUP BY ${parent}`;
}

function rowsSql(plan: PagePlan, from: string, extra: readonly string[], parameters: SqlParameters): string {
  const matched = plan.source.match !== null;
  const columns = [...(matched ? [parent] : []), ...outputSql(plan.output, plan.cursor ? plan.order : []), ...extra];
  const select = `SELECT ${[...new Set(columns.length === 0 ? [`TRUE AS ${hit}`] : columns)].join(", ")} FROM ${from}`;
  const after = plan.after === null ? "" : ` WHERE ${predicateSql(plan.after, parameters)}`;
  const order = termsSql(plan.order);
  const atMost = plan.first + 1;
  if (!matched) return `${select}${after} ORDER BY ${order} LIMIT ${atMost}`;
  return `${select}${after} QUALIFY row_number() OVER (PARTITION BY ${parent} ORDER BY ${order}) <= ${atMost}`;
}

/** ORDER BY of the whole statement. Pages of several parents come parent by parent. */
function orderSql(plan: PagePlan): string {
  const matched = plan.source.match !== null;
  if (!matched && !plan.total) return "";
  return ` ORDER BY ${matched ? `${parent}, ` : ""}${termsSql(plan.order)}`;
}

/** Nulls come last in both directions; cursors rely on it. */
export function termsSql(order: readonly OrderTerm[]): string {
  return order.map(({ column, direction }) => `${quoteIdentifier(column)} ${direction} NULLS LAST`).join(", ");
}

function outputSql(output: RowOutput, cursor: readonly OrderTerm[] = []): string[] {
  return [
    ...output.columns.map(quoteIdentifier),
    ...output.keys.map((columns) => `${textsSql(columns)} AS ${quoteIdentifier(keyColumn(columns))}`),
    ...(cursor.length === 0 ? [] : [`${textsSql(cursor.map((term) => term.column))} AS ${cursorName}`]),
  ];
}

function outputNames(plan: PagePlan): string[] {
  return [
    ...plan.output.columns.map(quoteIdentifier),
    ...plan.output.keys.map((columns) => quoteIdentifier(keyColumn(columns))),
    ...(plan.cursor ? [cursorName] : []),
  ];
}

const cursorName = quoteIdentifier(rowColumns.cursor);

/** A list of texts that lose nothing: casting one back to the column's type gives the same value. */
function textsSql(columns: readonly string[]): string {
  return `[${columns.map((column) => `CAST(${quoteIdentifier(column)} AS VARCHAR)`).join(", ")}]`;
}
