import type { SqlNode } from "@thoth/warehouse/sql-tree";

/** Of the engine's own functions. */
const functionSchemas: ReadonlySet<string> = new Set(["main", "system.main"]);

/**
 * The column that a function is called on: `title.upper()`, `units.title.upper()`. The parser takes what stands before the
 * function's name for its schema; the engine, which finds no such schema, for the column that is its first argument.
 * @returns its words, in lower case; none when the function is called in the usual way
 */
export function chainedColumn(node: SqlNode): readonly string[] {
  if (node.class !== "FUNCTION" && node.class !== "WINDOW") return [];
  const words = [node.catalog, node.schema].flatMap((word) => (word ? [String(word).toLowerCase()] : []));
  return functionSchemas.has(words.join(".")) ? [] : words;
}
