import { clockFunctions } from "@thoth/warehouse/function-rules";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import { printSelect, type SelectNode } from "../quality/select-tree.ts";
import { functionsOf } from "./engine-functions.ts";
import { functionNames, isClass, nodesOf } from "./tree-nodes.ts";

/** Aggregates whose value does not depend on the order in which rows come. */
const orderless = [
  ...["count", "count_star", "count_if", "min", "max", "sum", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor"],
];

/** Why the same rows could give something else on another day or in another order; undefined when they could not. */
export async function findUnsteady(engine: QueryEngine, node: SelectNode): Promise<string | undefined> {
  const names = functionNames(node);
  const clock = names.find((name) => clockFunctions.includes(name));
  if (clock !== undefined) return `${clock}() tells the time`;
  const natures = await functionsOf(engine);
  const unsteady = names.find((name) => (natures.get(name) ?? "unsteady") === "unsteady");
  if (unsteady !== undefined) return `${unsteady}() may give something else each time`;
  const aggregates = names.filter((name) => natures.get(name) === "aggregate");
  if (aggregates.length > 0 && node.group_sets.length === 0) return "it makes one row of all";
  const ordered = aggregates.find((name) => !orderless.includes(name));
  if (ordered !== undefined) return `${ordered}() may depend on the order of rows`;
  return findInexact(engine, node, aggregates);
}

async function findInexact(engine: QueryEngine, node: SelectNode, aggregates: readonly string[]) {
  for (const call of nodesOf(node).filter(isClass("FUNCTION"))) {
    const name = String(call.function_name).toLowerCase();
    if (aggregates.includes(name) && !(await isExact(engine, node, call)))
      return `${name}() of floating point numbers may depend on the order of rows`;
  }
  return undefined;
}

/** Sums of whole numbers and decimals are exact; of floating point numbers, zero also has two signs. */
async function isExact(engine: QueryEngine, node: SelectNode, call: SqlNode): Promise<boolean> {
  const measured = { ...call, alias: "measured value" } as SqlNode;
  const beside = { ...node, select_list: [...node.select_list, measured], modifiers: [] };
  const columns = await engine.query(`DESCRIBE ${await printSelect(engine, beside)}`);
  return !/FLOAT|DOUBLE|INTERVAL|TIME WITH TIME ZONE/.test(String(columns.at(-1)?.column_type));
}
