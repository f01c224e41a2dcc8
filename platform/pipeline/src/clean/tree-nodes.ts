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

/** In lower case; operators too, windows not. */
export function functionNames(value: unknown): string[] {
  const calls = nodesOf(value).filter(isClass("FUNCTION"));
  return calls.map((node) => String(node.function_name).toLowerCase()).toArray();
}
