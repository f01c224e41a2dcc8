import type { SqlNode } from "@thoth/warehouse/sql-tree";
import type { SelectModifier, SelectNode, TableNode } from "../quality/select-tree.ts";
import type { changeLog } from "./change-log.ts";
import type { CleanKey, WindowNode } from "./clean-shape.ts";
import { aliasOf, drivingTable, isJoin, type JoinNode, joinsOf } from "./joined-tables.ts";

/** A temporary table of keys: `key 0`, `key 1`, … */
export const affectedKeys = "affected_keys";

export function keyName(index: number): string {
  return `key ${index}`;
}

export function columnRef(...names: string[]): SqlNode {
  return { class: "COLUMN_REF", type: "COLUMN_REF", alias: "", column_names: names } as SqlNode;
}

/** What decides among rows that the query's own order holds equal. */
export interface Tie {
  readonly expression: SqlNode;
  readonly type: "ASCENDING" | "DESCENDING";
}

const orderOf = (ties: readonly Tie[]) => ties.map((tie) => ({ ...tie, null_order: "NULLS LAST" }));

/** Ends an order so that no two rows are equal in it, unless they are the same. */
export const firstInOrder = {
  ofWindow(condition: unknown, window: WindowNode, ties: readonly Tie[]): unknown {
    if (condition === window) return { ...window, orders: [...window.orders, ...orderOf(ties)] };
    if (Array.isArray(condition)) return condition.map((entry) => firstInOrder.ofWindow(entry, window, ties));
    if (typeof condition !== "object" || condition === null || "rawJSON" in condition) return condition;
    const entries = Object.entries(condition);
    return Object.fromEntries(entries.map(([name, value]) => [name, firstInOrder.ofWindow(value, window, ties)]));
  },
  ofModifiers(node: SelectNode, ties: readonly Tie[]): SelectNode {
    const isOrder = ({ type }: SelectModifier) => type === "ORDER_MODIFIER";
    const { orders = [] } = (node.modifiers.find(isOrder) ?? {}) as { orders?: readonly unknown[] };
    const order = { type: "ORDER_MODIFIER", orders: [...orders, ...orderOf(ties)] };
    return { ...node, modifiers: [...node.modifiers.filter((modifier) => !isOrder(modifier)), order] };
  },
};

/** Reads only the raw rows from this one on. */
export function fromRow(node: SelectNode, first: number): SelectNode {
  const value = { type: { id: "BIGINT", type_info: null }, is_null: false, value: first };
  const condition = {
    class: "COMPARISON",
    type: "COMPARE_GREATERTHANOREQUALTO",
    alias: "",
    left: columnRef("rowid"),
    right: { class: "CONSTANT", type: "VALUE_CONSTANT", alias: "", value },
  };
  return { ...node, where_clause: node.where_clause ? conjunction([node.where_clause, condition]) : condition };
}

/** Reads only the driving rows whose key is among the affected ones. */
export function ofAffectedKeys(node: SelectNode, keys: readonly CleanKey[]): SelectNode {
  const same = keys.map(({ expression }, index) => ({
    class: "COMPARISON",
    type: "COMPARE_NOT_DISTINCT_FROM",
    alias: "",
    left: columnRef("affected keys", keyName(index)),
    right: expression,
  }));
  const [only, ...others] = same;
  const condition = others.length === 0 ? only : conjunction(same);
  return { ...node, from_table: withDriving(node.from_table, (driving) => semiJoin(driving, condition)) };
}

/** The same joins to something else. */
function withDriving(from: TableNode, change: (driving: TableNode) => TableNode): TableNode {
  return isJoin(from) ? ({ ...from, left: withDriving(from.left, change) } as JoinNode) : change(from);
}

/** A temporary table of rows of a joined table that are new, gone or not what they were. */
export function changedRows(index: number): string {
  return `changed ${index}`;
}

/** The keys of all driving rows that find one of those rows, by what is joined before and the join's own condition. */
export function keysThatFind(node: SelectNode, keys: readonly CleanKey[], index: number): SelectNode {
  const join = joinsOf(node.from_table)[index];
  if (join === undefined) throw new Error(`the query has no join ${index}`);
  const { right } = join;
  const changed = { ...right, alias: aliasOf(right), ...temporary(changedRows(index)) };
  return onlyKeys({ ...node, from_table: { ...join, right: changed, join_type: "INNER" } as JoinNode }, keys);
}

/** The keys beside what the query selects, so that conditions may still use the names it gives. */
export function withKeys(node: SelectNode, keys: readonly CleanKey[]): SelectNode {
  const named = keys.map(({ expression }, index) => ({ ...expression, alias: keyName(index) }) as SqlNode);
  return { ...node, select_list: [...node.select_list, ...named] };
}

/** Nothing but the keys of all driving rows, whatever they find; printed, a WHERE may follow it. */
export function keysOfDriving(node: SelectNode, keys: readonly CleanKey[]): SelectNode {
  return onlyKeys({ ...node, from_table: drivingTable(node.from_table) }, keys);
}

/** The same of rows of a cleaned table that came or went; printed, a WHERE may follow it. */
export function keysOfChanges(
  node: SelectNode,
  keys: readonly CleanKey[],
  { schema, name }: ReturnType<typeof changeLog>,
): SelectNode {
  const driving = drivingTable(node.from_table);
  const log = { ...driving, alias: aliasOf(driving), schema_name: schema, table_name: name };
  return onlyKeys({ ...node, from_table: log }, keys);
}

function onlyKeys(node: SelectNode, keys: readonly CleanKey[]): SelectNode {
  const plain = { where_clause: null, qualify: null, having: null, group_sets: [], group_expressions: [] };
  return { ...withKeys({ ...node, select_list: [] }, keys), ...plain, modifiers: [] };
}

function conjunction(children: readonly unknown[]) {
  return { class: "CONJUNCTION", type: "CONJUNCTION_AND", alias: "", children };
}

function temporary(table: string) {
  return { catalog_name: "temp", schema_name: "main", table_name: table };
}

function semiJoin(left: TableNode, condition: unknown): TableNode {
  const right = {
    type: "BASE_TABLE",
    alias: "affected keys",
    sample: null,
    ...temporary(affectedKeys),
    column_name_alias: [],
    at_clause: null,
  };
  const join = {
    type: "JOIN",
    alias: "",
    sample: null,
    left,
    right,
    condition,
    join_type: "SEMI",
    ref_type: "REGULAR",
    using_columns: [],
    delim_flipped: false,
    duplicate_eliminated_columns: [],
  };
  return join as unknown as TableNode;
}
