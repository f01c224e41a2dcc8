import { influencesOf } from "./expression-influences.ts";
import { passedThrough, together } from "./influence.ts";
import type { PlanExpression, PlanNode } from "./plan-node.ts";
import { boundColumns, type PlanRelation } from "./plan-relation.ts";

/** Groups, then aggregates, then what `grouping()` tells. */
export function readAggregate(node: PlanNode, input: PlanRelation): PlanRelation {
  const groups = (node.groups ?? []).map((expression) => influencesOf(expression, input.columns));
  const expressions = (node.expressions ?? []).flat() as PlanExpression[];
  const aggregates = expressions.map((expression) => influencesOf(expression, input.columns));
  if (groups.length === 0) return readTotal(aggregates, input);
  const groupings = (node.grouping_functions ?? []).map((indexes) =>
    together(indexes.map((index) => passedThrough(groups[index] ?? input.rows, "GROUP_BY"))),
  );
  const rows = together([input.rows, ...groups.map((group) => passedThrough(group, "GROUP_BY"))]);
  const columns = [...groups, ...aggregates, ...groupings].map((influences) => ({ influences }));
  return { columns, rows };
}

/** There is one row whatever the input; which rows there were decides its values. */
function readTotal(aggregates: readonly PlanRelation["rows"][], input: PlanRelation): PlanRelation {
  const columns = aggregates.map((influences) => ({ influences: together([influences, input.rows]) }));
  return { columns, rows: new Map() };
}

/** Groups, then values that the rows' names distribute over columns: each may hold any of them. */
export function readPivot({ bound_pivot: pivot, table_index }: PlanNode, input: PlanRelation): PlanRelation {
  const { group_count: groupCount, types } = pivot ?? { group_count: 0, types: [] };
  const spread = together(
    input.columns.slice(groupCount).map((column) => passedThrough(column.influences, "TRANSFORMATION")),
  );
  const columns = types.map((_, index) => (index < groupCount ? (input.columns[index]?.influences ?? spread) : spread));
  return { columns: boundColumns(columns, table_index), rows: input.rows };
}
