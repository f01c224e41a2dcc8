import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { termsSql } from "./compile-page.ts";
import { predicateSql } from "./compile-predicate.ts";
import { type NamedRelations, parentsName, sourceSql } from "./compile-source.ts";
import type { AggregatePlan, Bucket, Measure, RowSource } from "./query-plan.ts";
import { groupColumn, previousColumn, rowColumns, rowCountId } from "./row-columns.ts";
import type { SqlParameters } from "./sql-parameters.ts";

const parent = quoteIdentifier(rowColumns.parent);
const hit = quoteIdentifier(rowColumns.hit);

/**
 * Groups of the present, beside those of the previous period when there is one. There is one more than is shown, so that
 * whoever shows them sees when some are left out.
 */
export function aggregateSql(plan: AggregatePlan, parameters: SqlParameters, relations: NamedRelations): string {
  relations.push([`"$groups"`, groupsSql(plan, plan.source, plan.measures, parameters)]);
  const having = plan.having === null ? [] : [predicateSql(plan.having, parameters)];
  const past = plan.previous === null ? "" : ` LEFT JOIN ${previousSql(plan, parameters, relations)}`;
  const select = `SELECT * FROM "$groups"${past}${whereSql([...sizeConditions(plan), ...having])}`;
  const order = plan.order.length === 0 ? "" : ` ORDER BY ${termsSql(plan.order)}`;
  if (plan.source.match === null) return `${select}${order} LIMIT ${plan.first + 1}`;
  const rank = `row_number() OVER (PARTITION BY ${parent}${order})`;
  const parentFirst = [parent, ...(plan.order.length === 0 ? [] : [termsSql(plan.order)])].join(", ");
  return `${select} QUALIFY ${rank} <= ${plan.first + 1} ORDER BY ${parentFirst}`;
}

/**
 * Joined by group, bucket and parent, missing values matching each other: the shift has moved the past onto the present's
 * buckets. Rows without a time lie in no period.
 */
function previousSql(plan: AggregatePlan, parameters: SqlParameters, relations: NamedRelations): string {
  if (plan.previous === null) return "";
  const { shift, measures } = plan.previous;
  relations.push([`"$past"`, groupsSql(plan, { ...plan.source, shift }, measures, parameters)]);
  const keys = dimensionNames(plan);
  const names = [...keys, ...measures.map((measure) => measure.id)];
  const renamed = names.map((name) => `${quoteIdentifier(name)} AS ${quoteIdentifier(previousColumn(name))}`);
  const timed = plan.bucket === null ? [] : [`${quoteIdentifier(rowColumns.bucket)} IS NOT NULL`];
  const past = `(SELECT ${renamed.join(", ")} FROM "$past"${whereSql([...sizeConditions(plan), ...timed])})`;
  const on = keys.map((key) => `${quoteIdentifier(key)} IS NOT DISTINCT FROM ${quoteIdentifier(previousColumn(key))}`);
  return `${past} ON ${on.length === 0 ? "TRUE" : on.join(" AND ")}`;
}

function sizeConditions({ minGroupSize }: AggregatePlan): string[] {
  return minGroupSize > 1 ? [`${quoteIdentifier(rowCountId)} >= ${Math.trunc(minGroupSize)}`] : [];
}

function whereSql(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : ` WHERE ${conditions.map((part) => `(${part})`).join(" AND ")}`;
}

/** SELECT of one row per group: parent, group columns, bucket, measures. */
function groupsSql(
  plan: AggregatePlan,
  source: RowSource,
  measures: readonly Measure[],
  parameters: SqlParameters,
): string {
  const dimensions = dimensionsSql(plan);
  const everyParent = source.match !== null && plan.group.length === 0 && plan.bucket === null;
  const counted = everyParent ? `count(${hit})` : "count(*)";
  const columns = [...dimensions, ...measures.map((measure) => measureSql(measure, counted))];
  const rows = `(${sourceSql(source, parameters)})`;
  const from = everyParent
    ? `${parentsName} LEFT JOIN (SELECT TRUE AS ${hit}, * FROM ${rows}) USING (${parent})`
    : rows;
  const groupBy = dimensions.map((_, index) => index + 1).join(", ");
  // A row of which nothing but its type's name is wanted is still a row.
  if (columns.length === 0) columns.push(`count(*) AS ${hit}`);
  return `SELECT ${columns.join(", ")} FROM ${from}${groupBy === "" ? "" : ` GROUP BY ${groupBy}`}`;
}

function dimensionsSql(plan: AggregatePlan): string[] {
  return [
    ...(plan.source.match === null ? [] : [parent]),
    ...plan.group.map((column) => `${quoteIdentifier(column)} AS ${quoteIdentifier(groupColumn(column))}`),
    ...(plan.bucket === null ? [] : [`${bucketSql(plan.bucket)} AS ${quoteIdentifier(rowColumns.bucket)}`]),
  ];
}

function dimensionNames(plan: AggregatePlan): string[] {
  return [
    ...(plan.source.match === null ? [] : [rowColumns.parent]),
    ...plan.group.map(groupColumn),
    ...(plan.bucket === null ? [] : [rowColumns.bucket]),
  ];
}

/** Start of the bucket in UTC, whatever time zone the session has. Weeks start on Monday. */
function bucketSql({ column, zoned, every }: Bucket): string {
  const name = quoteIdentifier(column);
  const utc = zoned ? `timezone('UTC', ${name})` : `CAST(${name} AS TIMESTAMP)`;
  return `date_trunc('${every.toLowerCase()}', ${utc})`;
}

function measureSql(measure: Measure, counted: string): string {
  return `${measureExpression(measure, counted)} AS ${quoteIdentifier(measure.id)}`;
}

function measureExpression(measure: Measure, counted: string): string {
  if (measure.of === "count") return counted;
  const column = quoteIdentifier(measure.column);
  switch (measure.of) {
    case "countDistinct":
      return `count(DISTINCT ${column})`;
    case "median":
      return `median(CAST(${column} AS DOUBLE))`;
    case "ratio":
      return `CAST(sum(${column}) AS DOUBLE) / nullif(CAST(sum(${quoteIdentifier(measure.to)}) AS DOUBLE), 0)`;
    default:
      return `${measure.of}(${column})`;
  }
}
