import { columnOf, influencesOf, influencesOfAll } from "./expression-influences.ts";
import { type Influences, noInfluences, passedThrough, together } from "./influence.ts";
import type { PlanExpression, PlanNode, PlanOrder } from "./plan-node.ts";
import {
  bindingOf,
  boundColumns,
  noColumns,
  type PlanColumn,
  type PlanRelation,
  type PlanScope,
} from "./plan-relation.ts";
import { readAggregate, readPivot } from "./read-aggregate.ts";
import { readCommonTable, readCommonTableReference, readRecursion } from "./read-common-table.ts";
import { mapped, readJoin } from "./read-join.ts";
import { readScan } from "./read-scan.ts";
import { readSetOperation } from "./read-set-operation.ts";
import { UnreadablePlan } from "./unreadable-plan.ts";

/**
 * Follows a plan from the tables it reads to the columns it yields.
 * @throws UnreadablePlan at an operator that lineage does not know
 */
export function readPlan(node: PlanNode): PlanRelation {
  return read(node, { commonTables: new Map(), outerColumns: undefined });
}

type Reader = (node: PlanNode, scope: PlanScope) => PlanRelation;

function read(node: PlanNode, scope: PlanScope): PlanRelation {
  const reader = readers[node.type];
  if (reader === undefined) throw new UnreadablePlan(node);
  return reader(node, scope);
}

const readers: Readonly<Record<string, Reader>> = {
  LOGICAL_GET: (node, scope) => readScan(node, node.children?.map((child) => read(child, scope))[0]),
  LOGICAL_DELIM_GET: (node, { outerColumns = [] }) => ({
    columns: boundColumns(
      outerColumns.map(({ influences }) => influences),
      node.table_index,
    ),
    rows: noInfluences,
  }),
  LOGICAL_DUMMY_SCAN: () => noColumns,
  LOGICAL_EMPTY_RESULT: (node) => ({
    columns: boundColumns(
      (node.chunk_types ?? []).map(() => noInfluences),
      node.table_index,
    ),
    rows: noInfluences,
  }),
  LOGICAL_EXPRESSION_GET: readRows,
  LOGICAL_PROJECTION: (node, scope) => {
    const input = only(node, scope);
    const columns = expressionsOf(node).map((expression, index) => ({
      ...columnOf(expression, input.columns),
      binding: bindingOf(node.table_index, index),
    }));
    return { columns, rows: input.rows };
  },
  LOGICAL_FILTER: (node, scope) => {
    const input = only(node, scope);
    const rows = together([input.rows, influencesOfAll(expressionsOf(node), input.columns, "FILTER")]);
    return { columns: mapped(input.columns, node.projection_map), rows };
  },
  LOGICAL_WINDOW: (node, scope) => {
    const input = only(node, scope);
    const computed = expressionsOf(node).map((expression) => ({ influences: influencesOf(expression, input.columns) }));
    return { columns: [...input.columns, ...computed], rows: input.rows };
  },
  LOGICAL_UNNEST: (node, scope) => {
    const input = only(node, scope);
    const computed = expressionsOf(node).map((expression) => ({ influences: influencesOf(expression, input.columns) }));
    // The length of a list decides how many rows there are.
    const rows = together([input.rows, ...computed.map(({ influences }) => passedThrough(influences, "JOIN"))]);
    return { columns: [...input.columns, ...computed], rows };
  },
  LOGICAL_AGGREGATE_AND_GROUP_BY: (node, scope) => readAggregate(node, only(node, scope)),
  LOGICAL_PIVOT: (node, scope) => readPivot(node, only(node, scope)),
  LOGICAL_DISTINCT: (node, scope) => {
    const input = only(node, scope);
    const alike = influencesOfAll(node.distinct_targets ?? [], input.columns, "GROUP_BY");
    return { ...input, rows: together([input.rows, alike, sorted(node.order_by?.orders, input.columns)]) };
  },
  LOGICAL_ORDER_BY: readSorted,
  LOGICAL_TOP_N: readSorted,
  LOGICAL_LIMIT: (node, scope) => {
    const input = only(node, scope);
    const limits = [node.limit_val?.expression, node.offset_val?.expression].filter((entry) => entry !== undefined);
    return { ...input, rows: together([input.rows, influencesOfAll(limits, input.columns, "FILTER")]) };
  },
  LOGICAL_SAMPLE: only,
  LOGICAL_COMPARISON_JOIN: (node, scope) => readJoin(node, scope, read),
  LOGICAL_DELIM_JOIN: (node, scope) => readJoin(node, scope, read),
  LOGICAL_ANY_JOIN: (node, scope) => readJoin(node, scope, read),
  LOGICAL_ASOF_JOIN: (node, scope) => readJoin(node, scope, read),
  LOGICAL_CROSS_PRODUCT: (node, scope) => readJoin(node, scope, read),
  LOGICAL_POSITIONAL_JOIN: (node, scope) => readJoin(node, scope, read),
  LOGICAL_UNION: (node, scope) => readSetOperation(node, all(node, scope)),
  LOGICAL_EXCEPT: (node, scope) => readSetOperation(node, all(node, scope)),
  LOGICAL_INTERSECT: (node, scope) => readSetOperation(node, all(node, scope)),
  LOGICAL_MATERIALIZED_CTE: (node, scope) => readCommonTable(node, scope, read),
  LOGICAL_RECURSIVE_CTE: (node, scope) => readRecursion(node, scope, read),
  LOGICAL_CTE_REF: readCommonTableReference,
};

function only(node: PlanNode, scope: PlanScope): PlanRelation {
  const [child] = node.children ?? [];
  if (child === undefined) throw new Error(`${node.type} without input`);
  return read(child, scope);
}

function all(node: PlanNode, scope: PlanScope): PlanRelation[] {
  return (node.children ?? []).map((child) => read(child, scope));
}

function expressionsOf({ expressions = [] }: PlanNode): readonly PlanExpression[] {
  return expressions.flat();
}

function readSorted(node: PlanNode, scope: PlanScope): PlanRelation {
  const input = only(node, scope);
  const columns = mapped(input.columns, node.projection_map);
  return { columns, rows: together([input.rows, sorted(node.orders, input.columns)]) };
}

function sorted(orders: readonly PlanOrder[] | undefined, columns: readonly PlanColumn[]): Influences {
  return influencesOfAll(
    (orders ?? []).map(({ expression }) => expression),
    columns,
    "SORT",
  );
}

/** `VALUES (…), (…)`: each column comes from what stands at its place in any of the rows. */
function readRows(node: PlanNode, scope: PlanScope): PlanRelation {
  const input = only(node, scope);
  const lists = (node.expressions ?? []).map((row) => (Array.isArray(row) ? (row as readonly PlanExpression[]) : []));
  const columns = (node.expr_types ?? []).map((_, index) =>
    together(lists.map((row) => (row[index] === undefined ? noInfluences : influencesOf(row[index], input.columns)))),
  );
  return { columns: boundColumns(columns, node.table_index), rows: input.rows };
}
