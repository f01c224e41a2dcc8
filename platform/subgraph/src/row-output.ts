import type { TypeGraph } from "./product-graph.ts";
import type { RowOutput } from "./query-plan.ts";
import type { Selection } from "./selection.ts";
import type { TableAccess } from "./table-access.ts";

/**
 * What the rows of a type must carry for the selections made on them: columns, and the texts of key columns for the
 * relations. Denied columns are left out; their fields say so when they find nothing.
 */
export function planOutput(type: TypeGraph, selections: readonly Selection[], access: TableAccess): RowOutput {
  const columns = new Set<string>();
  const keys = new Map<string, readonly string[]>();
  for (const child of selections.flatMap(({ children }) => children)) {
    for (const column of neededColumns(type, child)) columns.add(column);
    const key = neededKey(type, child);
    if (key !== undefined) keys.set(key.join(), key);
  }
  const clear = (names: readonly string[]) => names.every((name) => access.may(name));
  const output = { columns: [...columns].filter((name) => clear([name])), keys: [...keys.values()].filter(clear) };
  for (const column of [...output.columns, ...output.keys.flat()]) access.require(column, "the selection");
  return output;
}

function neededColumns(type: TypeGraph, child: Selection): readonly string[] {
  const meaning = type.fields.get(child.field);
  if (meaning === undefined) return child.needs;
  if (meaning.kind === "column") return [meaning.column.name];
  return meaning.kind === "forward" && !meaning.own ? meaning.from : [];
}

function neededKey(type: TypeGraph, child: Selection): readonly string[] | undefined {
  const meaning = type.fields.get(child.field);
  if (meaning === undefined || meaning.kind === "column") return undefined;
  if (meaning.kind === "forward") return meaning.own ? meaning.from : undefined;
  return meaning.to;
}
