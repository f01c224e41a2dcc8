import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { relatedAggregateSql } from "./json-aggregate.ts";
import { finiteLeafSql, isPlannable } from "./json-leaf.ts";
import { referredRowSql, relatedRowSql } from "./json-lookup.ts";
import { objectSql, quoteText } from "./json-object.ts";
import { relatedPageSql } from "./json-page.ts";
import type { JoinedSql, RowScope } from "./json-rows.ts";
import { type JsonStatement, Unplannable } from "./json-statement.ts";
import type { ColumnField, ForwardField, ReverseField } from "./product-graph.ts";
import { type Selection, typenameField } from "./selection.ts";
import { columnDenied } from "./table-access.ts";

/**
 * The JSON object of a row: its columns, and what relations of the statement hold for it.
 * @throws Unplannable for what no contract describes
 * @throws MeshError `access/column-denied`, and those of planning a relation
 */
export function rowObject(statement: JsonStatement, scope: RowScope, selections: readonly Selection[]): JoinedSql {
  const values = selections.map((child) => ({ key: child.responseKey, ...fieldSql(statement, scope, child) }));
  return {
    sql: objectSql(values.map(({ key, sql }) => [key, sql])),
    joins: values.flatMap(({ joins }) => joins),
  };
}

function fieldSql(statement: JsonStatement, scope: RowScope, child: Selection): JoinedSql {
  if (child.field === typenameField) return { sql: quoteText(child.typeName), joins: [] };
  const meaning = scope.type.fields.get(child.field);
  if (meaning === undefined) {
    throw new Unplannable(`${scope.type.model.typeName}.${child.field} is not made from a contract`);
  }
  if (meaning.kind === "column") return { sql: columnSql(statement, scope, meaning), joins: [] };
  return meaning.kind === "forward"
    ? forwardSql(statement, scope, { child, meaning })
    : reverseSql(statement, scope, { child, meaning });
}

function columnSql(statement: JsonStatement, { type, rows, columns, values }: RowScope, meaning: ColumnField): string {
  const { name, sqlType } = meaning.column;
  if (!columns.has(name))
    throw columnDenied(type.model, name, { use: "the selection", decision: statement.decisionOn(type.model) });
  if (!isPlannable(meaning.type, sqlType)) throw new Unplannable(`${type.model.id} column ${name} is a ${sqlType}`);
  const leaf = finiteLeafSql(meaning.type, values?.get(name) ?? `${rows}.${quoteIdentifier(name)}`);
  return type.model.key.includes(name) ? `coalesce(${leaf}, error('key'))` : leaf;
}

function forwardSql(
  statement: JsonStatement,
  scope: RowScope,
  { child, meaning }: { readonly child: Selection; readonly meaning: ForwardField },
): JoinedSql {
  const target = statement.typeOf(meaning.target.typeName);
  expectType(child, target.model.typeName);
  const match = { scope, from: meaning.from, target, to: meaning.to };
  const looked = { selection: child, rowObject };
  return meaning.own ? relatedRowSql(statement, match, looked) : referredRowSql(statement, match, looked);
}

function reverseSql(
  statement: JsonStatement,
  scope: RowScope,
  { child, meaning }: { readonly child: Selection; readonly meaning: ReverseField },
): JoinedSql {
  const target = statement.typeOf(meaning.source.typeName);
  if (!target.own) throw new Unplannable(`${target.model.id} is served by another process`);
  const match = { scope, from: meaning.to, target, to: meaning.from };
  const isPage = meaning.kind === "reverse";
  expectType(child, `${target.model.typeName}${isPage ? "Connection" : "Aggregate"}`);
  const { sql, joins } = isPage
    ? relatedPageSql(statement, match, { selection: child, rowObject })
    : relatedAggregateSql(statement, match, child);
  const isOwn = target.model.domain === scope.type.model.domain;
  return { sql: isOwn && scope.present !== null ? `CASE WHEN ${scope.present} THEN ${sql} END` : sql, joins };
}

/** The schema that is served may say otherwise than the contracts that are known here. */
function expectType({ field, typeName }: Selection, expected: string): void {
  if (typeName !== expected) throw new Unplannable(`${field} is a ${typeName} here`);
}
