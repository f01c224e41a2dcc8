import type { Decision } from "@thoth/access/decision";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { planAggregate } from "./aggregate.ts";
import { double } from "./column-type.ts";
import { aggregateSql } from "./compile-aggregate.ts";
import { termsSql } from "./compile-page.ts";
import { type NamedRelations, parentsName } from "./compile-source.ts";
import { finiteLeafSql, leafSql } from "./json-leaf.ts";
import { type JsonField, objectSql, quoteText } from "./json-object.ts";
import { type JoinedSql, joinSql, type KeyMatch, parent, parentKeysSql } from "./json-rows.ts";
import { type JsonStatement, Unplannable, withoutTypenames } from "./json-statement.ts";
import { limits } from "./limits.ts";
import { isColumnMeasure, measureType, type RatioArguments } from "./measures.ts";
import { columnField, type TypeGraph } from "./product-graph.ts";
import type { AggregatePlan, Measure } from "./query-plan.ts";
import { groupColumn, measureId, previousColumn, ratioId, rowColumns, rowCountId } from "./row-columns.ts";
import { type Selection, typenameField } from "./selection.ts";
import { columnDenied } from "./table-access.ts";

/** SELECT of the JSON of a root aggregate. */
export function rootAggregateSql(statement: JsonStatement, type: TypeGraph, selection: Selection): string {
  const plan = planAggregate(type, withoutTypenames(selection), statement.planContext(null));
  const relations: NamedRelations = [];
  const body = aggregateSql(plan, statement.parameters, relations);
  const rows = statement.relation(withRelations(relations, body));
  statement.announce(`(SELECT count(*) FROM ${rows}) > ${plan.first}`, selection.path);
  const item = `CAST(to_json(${groupObject({ type, plan, decision: statement.decisionOn(type.model) }, selection)}) AS VARCHAR)`;
  // Cut off the list: to number the groups first takes longer.
  const list = `array_to_string(list(${item}${orderSql(plan)})[:${plan.first}], ',')`;
  return `SELECT concat('[', ${list}, ']') AS json FROM ${rows} AS "$group"`;
}

/** The groups of each row's related rows. */
export function relatedAggregateSql(statement: JsonStatement, match: KeyMatch, selection: Selection): JoinedSql {
  const plan = planAggregate(match.target, withoutTypenames(selection), statement.planContext(match.to));
  const parents = statement.relation(parentKeysSql(match));
  const rows = rankedGroups(statement, plan, { parents, selection });
  statement.refuse(`(SELECT count(*) FROM ${rows}) > ${limits.maxRelationRows}`);
  const decision = statement.decisionOn(match.target.model);
  const item = groupObject({ type: match.target, plan, decision }, selection);
  const shown = `list(${item} ORDER BY ${rank}) FILTER (WHERE ${rank} <= ${plan.first})`;
  const list = `SELECT ${parent}, ${shown} AS "$list" FROM ${rows} AS "$group" GROUP BY ${parent}`;
  const lists = statement.relation(list);
  return { sql: `coalesce(${lists}."$list", [])`, joins: [joinSql(lists, match)] };
}

const rank = quoteIdentifier("$rank");

/** The groups of each parent, numbered in their order. One that is not shown is announced. */
function rankedGroups(
  statement: JsonStatement,
  plan: AggregatePlan,
  { parents, selection }: { readonly parents: string; readonly selection: Selection },
): string {
  const relations: NamedRelations = [[parentsName, `SELECT * FROM ${parents}`]];
  const body = aggregateSql(plan, statement.parameters, relations);
  const ranked = `SELECT *, row_number() OVER (PARTITION BY ${parent}${orderSql(plan)}) AS ${rank} FROM (${body})`;
  const rows = statement.relation(withRelations(relations, ranked));
  statement.announce(`EXISTS (FROM ${rows} WHERE ${rank} > ${plan.first})`, selection.path);
  return rows;
}

function withRelations(relations: NamedRelations, body: string): string {
  return `WITH ${relations.map(([name, sql]) => `${name} AS NOT MATERIALIZED (${sql})`).join(", ")} ${body}`;
}

function orderSql({ order }: AggregatePlan): string {
  return order.length === 0 ? "" : ` ORDER BY ${termsSql(order)}`;
}

interface Groups {
  readonly type: TypeGraph;
  readonly plan: AggregatePlan;
  readonly decision: Decision;
}

function groupObject(groups: Groups, selection: Selection): string {
  return objectSql(selection.children.map((child) => [child.responseKey, groupValue(groups, child)]));
}

function groupValue(groups: Groups, child: Selection): string {
  const { plan } = groups;
  switch (child.field) {
    case "group":
      return objectSql(child.children.map((column) => [column.responseKey, groupedColumn(groups, column)]));
    case "bucket":
      return plan.bucket === null ? "NULL" : leafSql(moment, `CAST(${value(rowColumns.bucket)} AS TIMESTAMP)`);
    case "previous":
      return previousValue(groups, child);
    default:
      return measureValue({ ...groups, measures: plan.measures, prefix: "" }, child);
  }
}

const moment = { kind: "timestamp", sqlType: "TIMESTAMP" } as const;

function groupedColumn({ type, plan }: Groups, { field, typeName }: Selection): string {
  if (field === typenameField) return quoteText(typeName);
  const meaning = columnField(type, field);
  if (!plan.group.includes(meaning.column.name)) return "NULL";
  return finiteLeafSql(meaning.type, value(groupColumn(meaning.column.name)));
}

function previousValue({ type, plan, decision }: Groups, { children }: Selection): string {
  if (plan.previous === null) return "NULL";
  const shown = { type, decision, measures: plan.previous.measures, prefix: previousColumn("") };
  const fields = children.map((child): JsonField => [child.responseKey, measureValue(shown, child)]);
  return `CASE WHEN ${value(previousColumn(rowCountId))} IS NOT NULL THEN ${objectSql(fields)} END`;
}

interface ShownMeasures {
  readonly type: TypeGraph;
  readonly decision: Decision;
  readonly measures: readonly Measure[];
  readonly prefix: string;
}

function measureValue(shown: ShownMeasures, child: Selection): string {
  const { field, children } = child;
  if (field === typenameField) return quoteText(child.typeName);
  if (field === "count") return value(shown.prefix + rowCountId);
  if (field === "ratio") return ratioValue(shown, child.args as unknown as RatioArguments);
  if (!isColumnMeasure(field)) throw new Unplannable(`${field} is not made from a contract`);
  return objectSql(
    children.map((column): JsonField => {
      if (column.field === typenameField) return [column.responseKey, quoteText(column.typeName)];
      const meaning = columnField(shown.type, column.field);
      const id = measureId(field, meaning.column.name);
      if (!has(shown, id))
        throw columnDenied(shown.type.model, meaning.column.name, { use: field, decision: shown.decision });
      return [column.responseKey, leafSql(measureType(field, meaning.type), value(shown.prefix + id))];
    }),
  );
}

function ratioValue(shown: ShownMeasures, { of, to }: RatioArguments): string {
  const id = ratioId(of, to);
  if (!has(shown, id))
    throw columnDenied(shown.type.model, `${of} or ${to}`, { use: "ratio", decision: shown.decision });
  return leafSql(double, value(shown.prefix + id));
}

function has({ measures }: ShownMeasures, id: string): boolean {
  return measures.some((measure) => measure.id === id);
}

function value(column: string): string {
  return `"$group".${quoteIdentifier(column)}`;
}
