import type { QueryEngine } from "@thoth/warehouse/query-engine";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import type { BrokenRows } from "../check.ts";
import { isExactNumber, parseSelect, printSelect, type SelectNode, type TableNode } from "./select-tree.ts";

/** A rule that counts rows one by one: which rows, and, where it looks at nothing else, the count as part of one scan. */
export interface RowRule {
  readonly rows: BrokenRows;
  /** Absent when the condition looks at other rows as well. */
  readonly aggregate?: string;
}

/**
 * Reads, with the engine's own parser, whether a query is no more than `select count(*) from <staged> where …`: then the
 * rows that it counts are those that break the rule.
 * @param statement one that `authoriseRule` has let through
 * @returns undefined for every other query
 */
export async function readRowRule(engine: QueryEngine, statement: string): Promise<RowRule | undefined> {
  const node = await parseSelect(engine, statement);
  if (node === undefined || !countsRows(node)) return undefined;
  const { where_clause: where, from_table: from } = node;
  const rows = await printSelect(engine, { ...node, select_list: [rowIdOf(from)] });
  if (looksElsewhere(where)) return { rows: { kind: "query", sql: rows } };
  const plain = withoutQualifier(where, [from.alias, from.table_name, from.schema_name]);
  const nowhere = { type: "EMPTY", alias: "", sample: null } as unknown as TableNode;
  const bare = { ...node, select_list: [plain as SqlNode], from_table: nowhere, where_clause: null };
  const condition = await printSelect(engine, bare);
  const sql = condition.slice("SELECT ".length);
  return { rows: { kind: "condition", sql }, aggregate: `count(*) FILTER (WHERE ${sql})` };
}

function countsRows(node: SelectNode): boolean {
  if (node.select_list.length !== 1) return false;
  const [counted] = node.select_list;
  const { from_table: from } = node;
  return (
    counted?.function_name === "count_star" &&
    !counted.filter &&
    from.type === "BASE_TABLE" &&
    from.sample === null &&
    from.column_name_alias.length === 0 &&
    Boolean(node.where_clause) &&
    node.modifiers.length + node.group_sets.length + (node.cte_map?.map?.length ?? 0) === 0 &&
    !node.having &&
    !node.sample &&
    !node.qualify
  );
}

function rowIdOf({ alias, table_name: table }: TableNode): SqlNode & { readonly alias: string } {
  const names = [alias === "" ? String(table) : alias, "rowid"];
  return { class: "COLUMN_REF", type: "COLUMN_REF", alias: "", query_location: 0, column_names: names };
}

function looksElsewhere(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(looksElsewhere);
  if (typeof value !== "object" || value === null) return false;
  return (value as SqlNode).class === "SUBQUERY" || Object.values(value).some(looksElsewhere);
}

/** `units.code` → `code`: in the one scan of all checks the table has another name. */
function withoutQualifier(value: unknown, qualifiers: readonly unknown[]): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutQualifier(item, qualifiers));
  if (typeof value !== "object" || value === null || isExactNumber(value)) return value;
  const node = value as SqlNode;
  if (node.class === "COLUMN_REF" && node.column_names !== undefined)
    return { ...node, column_names: lastNames(node.column_names, qualifiers) };
  return Object.fromEntries(Object.entries(value).map(([field, item]) => [field, withoutQualifier(item, qualifiers)]));
}

function lastNames(names: readonly string[], qualifiers: readonly unknown[]): readonly string[] {
  const isQualifier = (name: string) => qualifiers.some((known) => String(known).toLowerCase() === name.toLowerCase());
  const first = names.findIndex((name, index) => index === names.length - 1 || !isQualifier(name));
  return names.slice(first);
}
