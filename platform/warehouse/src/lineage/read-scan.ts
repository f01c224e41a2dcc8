import { type Influences, influenceOf, noInfluences, passedThrough, together } from "./influence.ts";
import type { PlanNode } from "./plan-node.ts";
import { boundColumns, type PlanRelation } from "./plan-relation.ts";

/** A table, or a table function; in a lateral join its arguments are columns of the row outside. */
export function readScan(node: PlanNode, args: PlanRelation | undefined): PlanRelation {
  if (args !== undefined) return readLateralFunction(node, args);
  const columns = (node.column_indexes ?? []).map(({ index }) => scanned(node, index));
  return { columns: boundColumns(columns, node.table_index), rows: noInfluences };
}

function scanned({ names = [], function_data: table }: PlanNode, index: number): Influences {
  // A function over constants reads nothing.
  if (table?.table === undefined) return noInfluences;
  const column = names[index];
  if (column === undefined) return influenceOf({ reason: "rowid is no column of a table", offset: undefined });
  return influenceOf({ catalog: table.catalog ?? "", schema: table.schema ?? "", table: table.table, column });
}

/** `unnest(t.list)`: its values come from its arguments, and so does how many rows there are. */
function readLateralFunction(node: PlanNode, args: PlanRelation): PlanRelation {
  const through = node.projected_input ?? [];
  const consumed = together(
    args.columns.filter((_, index) => !through.includes(index)).map((column) => column.influences),
  );
  const own = (node.column_indexes ?? []).map(() => passedThrough(consumed, "TRANSFORMATION"));
  const handed = through.flatMap((index) => args.columns[index] ?? []);
  const rows = together([args.rows, passedThrough(consumed, "JOIN")]);
  return { columns: [...boundColumns(own, node.table_index), ...handed], rows };
}
