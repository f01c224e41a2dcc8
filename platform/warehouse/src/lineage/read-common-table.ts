import { influencesOfAll } from "./expression-influences.ts";
import { noInfluences, together } from "./influence.ts";
import type { PlanNode } from "./plan-node.ts";
import { bindingOf, type PlanRelation, type PlanScope, type ReadNode, withoutFields } from "./plan-relation.ts";

/** `WITH x AS (…)`: read once, known by its index in the rest. */
export function readCommonTable(node: PlanNode, scope: PlanScope, read: ReadNode<PlanNode>): PlanRelation {
  const [definition, rest] = bothChildren(node);
  return read(rest, withCommonTable(scope, node, read(definition, scope)));
}

/** What a recursion yields is part of what it reads, so it is read again until nothing new comes out. */
export function readRecursion(node: PlanNode, scope: PlanScope, read: ReadNode<PlanNode>): PlanRelation {
  const [start, repeated] = bothChildren(node);
  const { columns, rows } = withKeys(node, read(start, scope));
  // What a field holds in the first rows it need not hold in those that follow.
  let known: PlanRelation = { columns: columns.map(withoutFields), rows };
  for (;;) {
    const next = merge(known, withKeys(node, read(repeated, withCommonTable(scope, node, known))));
    if (sizeOf(next) === sizeOf(known)) return next;
    known = next;
  }
}

export function readCommonTableReference(node: PlanNode, { commonTables }: PlanScope): PlanRelation {
  const table = commonTables.get(node.cte_index ?? -1);
  if (table === undefined) throw new Error(`common table ${node.cte_index} is read before it is defined`);
  const columns = table.columns.map((column, index) => ({ ...column, binding: bindingOf(node.table_index, index) }));
  return { columns, rows: table.rows };
}

function bothChildren(node: PlanNode): [PlanNode, PlanNode] {
  const [first, second] = node.children ?? [];
  if (first === undefined || second === undefined) throw new Error(`${node.type} without two children`);
  return [first, second];
}

function withCommonTable(scope: PlanScope, { table_index: index = -1 }: PlanNode, table: PlanRelation): PlanScope {
  return { ...scope, commonTables: new Map([...scope.commonTables, [index, table]]) };
}

/** `USING KEY`: a later row replaces one of the same key. */
function withKeys({ key_targets: keys = [] }: PlanNode, relation: PlanRelation): PlanRelation {
  return { ...relation, rows: together([relation.rows, influencesOfAll(keys, relation.columns, "GROUP_BY")]) };
}

function merge(one: PlanRelation, other: PlanRelation): PlanRelation {
  const columns = one.columns.map(({ influences }, index) => ({
    influences: together([influences, other.columns[index]?.influences ?? noInfluences]),
  }));
  return { columns, rows: together([one.rows, other.rows]) };
}

function sizeOf({ columns, rows }: PlanRelation): number {
  return columns.reduce((sum, { influences }) => sum + influences.size, rows.size);
}
