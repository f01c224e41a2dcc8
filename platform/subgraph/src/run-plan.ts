import type { SqlRow } from "@thoth/warehouse/query-engine";
import type { ParentKeys } from "./compile-source.ts";
import { compileSql } from "./compile-sql.ts";
import type { QueryPlan } from "./query-plan.ts";
import type { SubgraphContext } from "./subgraph.ts";

/** Carries out a plan: one statement. */
export function runPlan(context: SubgraphContext, plan: QueryPlan, keys?: ParentKeys): Promise<SqlRow[]> {
  const { sql, params } = compileSql(plan, keys);
  return context.engine.query(sql, params, context.signal === undefined ? {} : { signal: context.signal });
}
