import type { SqlNode } from "@thoth/warehouse/sql-tree";
import type { SelectModifier, SelectNode, TableNode } from "../quality/select-tree.ts";
import type { CleanKey, WindowNode } from "./clean-shape.ts";

/** A temporary table of keys: `key 0`, `key 1`, … */
export const affectedKeys = "affected_keys";

export function keyName(index: number): string {
  return `key ${index}`;
}

const column = (...names: string[]) => ({ class: "COLUMN_REF", type: "COLUMN_REF", alias: "", column_names: names });

const newestFirst = { type: "DESCENDING", null_order: "NULLS LAST", expression: column("rowid") };

/** Ends an order with the one in which rows have landed, the last one first: then no two rows are equal in it. */
export const orderByLanding = {
  ofWindow(condition: unknown, window: WindowNode): unknown {
    if (condition === window) return { ...window, orders: [...window.orders, newestFirst] };
    if (Array.isArray(condition)) return condition.map((entry) => orderByLanding.ofWindow(entry, window));
    if (typeof condition !== "object" || condition === null || "rawJSON" in condition) return condition;
    const entries = Object.entries(condition);
    return Object.fromEntries(entries.map(([name, value]) => [name, orderByLanding.ofWindow(value, window)]));
  },
  ofModifiers(node: SelectNode): SelectNode {
    const isOrder = ({ type }: SelectModifier) => type === "ORDER_MODIFIER";
    const { orders = [] } = (node.modifiers.find(isOrder) ?? {}) as { orders?: readonly unknown[] };
    const order = { type: "ORDER_MODIFIER", orders: [...orders, newestFirst] };
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
    left: column("rowid"),
    right: { class: "CONSTANT", type: "VALUE_CONSTANT", alias: "", value },
  };
  return { ...node, where_clause: node.where_clause ? conjunction([node.where_clause, condition]) : condition };
}

/** Reads only the raw rows whose key is among the affected ones. */
export function ofAffectedKeys(node: SelectNode, keys: readonly CleanKey[]): SelectNode {
  const same = keys.map(({ expression }, index) => ({
    class: "COMPARISON",
    type: "COMPARE_NOT_DISTINCT_FROM",
    alias: "",
    left: column("affected keys", keyName(index)),
    right: expression,
  }));
  const [only, ...others] = same;
  return { ...node, from_table: semiJoin(node.from_table, others.length === 0 ? only : conjunction(same)) };
}

/** The keys beside what the query selects, so that conditions may still use the names it gives. */
export function withKeys(node: SelectNode, keys: readonly CleanKey[]): SelectNode {
  const named = keys.map(({ expression }, index) => ({ ...expression, alias: keyName(index) }) as SqlNode);
  return { ...node, select_list: [...node.select_list, ...named] };
}

/** Nothing but the keys of all raw rows; printed, a WHERE may follow it. */
export function onlyKeys(node: SelectNode, keys: readonly CleanKey[]): SelectNode {
  const plain = { where_clause: null, qualify: null, having: null, group_sets: [], group_expressions: [] };
  return { ...withKeys({ ...node, select_list: [] }, keys), ...plain, modifiers: [] };
}

function conjunction(children: readonly unknown[]) {
  return { class: "CONJUNCTION", type: "CONJUNCTION_AND", alias: "", children };
}

function semiJoin(left: TableNode, condition: unknown): TableNode {
  const right = {
    type: "BASE_TABLE",
    alias: "affected keys",
    sample: null,
    schema_name: "main",
    table_name: affectedKeys,
    column_name_alias: [],
    catalog_name: "temp",
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
