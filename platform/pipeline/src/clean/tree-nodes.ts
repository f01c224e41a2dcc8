import { clockKeyword } from "@thoth/warehouse/analyse-sql";
import type { SqlNode } from "@thoth/warehouse/sql-tree";

/** Every node below a value of the parser's tree, itself first. */
export function* nodesOf(value: unknown): Generator<SqlNode, void, void> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as SqlNode;
  for (const inner of Object.values(value)) yield* nodesOf(inner);
}

export function isClass(name: string): (node: SqlNode) => boolean {
  return (node) => node.class === name;
}

export function countNodes(value: unknown, wanted: (node: SqlNode) => boolean): number {
  return nodesOf(value).filter(wanted).toArray().length;
}

/** In lower case; operators too, windows not. `current_date` and its like count, which the parser takes for columns. */
export function functionNames(value: unknown): string[] {
  return nodesOf(value)
    .flatMap((node) => (isClass("FUNCTION")(node) ? [String(node.function_name).toLowerCase()] : keywordOf(node)))
    .toArray();
}

function keywordOf(node: SqlNode): string[] {
  const keyword = isClass("COLUMN_REF")(node) ? clockKeyword(node) : undefined;
  return keyword === undefined ? [] : [keyword];
}
