import type { SqlValue } from "@thoth/warehouse/query-engine";
import { aggregateSql } from "./compile-aggregate.ts";
import { lookupSql, pageSql } from "./compile-page.ts";
import { type NamedRelations, type ParentKeys, parentsName, parentsSql } from "./compile-source.ts";
import { limits } from "./limits.ts";
import type { QueryPlan } from "./query-plan.ts";
import { SqlParameters } from "./sql-parameters.ts";

export interface Statement {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/**
 * Turns a plan into one statement.
 * @param keys keys of the parent rows, when the plan's source is matched with parents: the n-th gets the rows whose `$parent` is n
 */
export function compileSql(plan: QueryPlan, keys: ParentKeys = []): Statement {
  const parameters = new SqlParameters();
  const relations: NamedRelations = [];
  const { match } = plan.source;
  if (match !== null) relations.push([parentsName, parentsSql(match, keys, parameters)]);
  const body = bodySql(plan, parameters, relations);
  const withs = relations.map(([name, sql]) => `${name} AS NOT MATERIALIZED (${sql})`);
  const most = match !== null && plan.kind !== "lookup" ? ` LIMIT ${limits.maxRelationRows + 1}` : "";
  return { sql: `${withs.length === 0 ? "" : `WITH ${withs.join(",\n")}\n`}${body}${most}`, params: parameters.values };
}

function bodySql(plan: QueryPlan, parameters: SqlParameters, relations: NamedRelations): string {
  switch (plan.kind) {
    case "page":
      return pageSql(plan, parameters, relations);
    case "lookup":
      return lookupSql(plan, parameters);
    case "aggregate":
      return aggregateSql(plan, parameters, relations);
    default:
      return plan satisfies never;
  }
}
