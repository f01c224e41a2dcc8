import { passedThrough, together } from "./influence.ts";
import type { PlanNode } from "./plan-node.ts";
import { boundColumns, type PlanRelation } from "./plan-relation.ts";

/** Columns of all sides by their position. Of EXCEPT and INTERSECT only the first side is seen; the others decide. */
export function readSetOperation(node: PlanNode, sides: readonly PlanRelation[]): PlanRelation {
  const [first] = sides;
  if (first === undefined) throw new Error(`${node.type} without sides`);
  const rows = together(sides.map((side) => side.rows));
  if (node.type === "LOGICAL_UNION") {
    const columns = first.columns.map((_, index) =>
      together(sides.flatMap((side) => side.columns[index]?.influences ?? [])),
    );
    return { columns: boundColumns(columns, node.table_index), rows };
  }
  const compared = sides.flatMap((side) => side.columns.map((column) => passedThrough(column.influences, "FILTER")));
  const columns = first.columns.map((column) => column.influences);
  return { columns: boundColumns(columns, node.table_index), rows: together([rows, ...compared]) };
}
