import type { QueryEngine } from "@thoth/warehouse/query-engine";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import type { SelectNode } from "../quality/select-tree.ts";
import { functionsOf } from "./engine-functions.ts";
import { functionNames, isClass } from "./tree-nodes.ts";

/**
 * Writes `GROUP BY ALL` out: it stands for all items without an aggregate. Any other query is returned as it is.
 * @returns undefined where the items cannot be told from the text
 */
export async function groupsWrittenOut(engine: QueryEngine, node: SelectNode): Promise<SelectNode | undefined> {
  if (node.aggregate_handling !== "FORCE_AGGREGATES") return node;
  const natures = await functionsOf(engine);
  const isAggregate = (item: SqlNode) => functionNames(item).some((name) => natures.get(name) === "aggregate");
  const groups = node.select_list.filter((item) => !isAggregate(item));
  // A number would be the place of an item.
  if (groups.length === 0 || groups.some((item) => isClass("STAR")(item) || isClass("CONSTANT")(item)))
    return undefined;
  return {
    ...node,
    aggregate_handling: "STANDARD_HANDLING",
    group_expressions: groups.map((item) => ({ ...item, alias: "" })),
    group_sets: [groups.map((_, index) => index)],
  };
}
