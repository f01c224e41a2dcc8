import type { SqlNode } from "@thoth/warehouse/sql-tree";
import type { SelectNode } from "../quality/select-tree.ts";
import type { CleanKey } from "./clean-shape.ts";
import type { FoundColumn } from "./found-column.ts";
import { aliasOf, drivingTable, joinsOf } from "./joined-tables.ts";
import { isClass, nodesOf } from "./tree-nodes.ts";

export interface KeyScope {
  readonly node: SelectNode;
  readonly sourceColumns: readonly FoundColumn[];
  readonly columns: readonly FoundColumn[];
  /** What a bare name means where a raw column and an item of the SELECT list are both called so. */
  readonly first: "column" | "alias";
}

/** Undefined when the expression is in no column of the table, or cannot be computed from a raw row alone. */
export function resolveKey(expression: SqlNode, scope: KeyScope): CleanKey | undefined {
  const meant = behindAlias(expression, scope);
  if (meant === undefined || !readsRawColumns(meant, scope)) return undefined;
  const column = columnOf(meant, scope);
  return column === undefined ? undefined : { expression: { ...meant, alias: "" } as SqlNode, column };
}

type Item = SqlNode & { readonly alias?: string; readonly columns?: boolean };

/** A bare name or a number may stand for an item of the SELECT list. */
function behindAlias(expression: SqlNode, { node, sourceColumns, first }: KeyScope): SqlNode | undefined {
  const items = node.select_list as readonly Item[];
  if (expression.class === "CONSTANT") {
    const { value } = expression as { value?: { value?: unknown } };
    return items.some(isClass("STAR")) ? undefined : items[Number(value?.value) - 1];
  }
  const [name, ...path] = expression.class === "COLUMN_REF" ? (expression.column_names ?? []) : [];
  if (name === undefined || path.length > 0) return expression;
  const item = items.find(({ alias }) => alias !== "" && alias?.toLowerCase() === name.toLowerCase());
  const isRaw = sourceColumns.some((column) => column.name.toLowerCase() === name.toLowerCase());
  return item !== undefined && (first === "alias" || !isRaw) ? item : expression;
}

function readsRawColumns(expression: SqlNode, scope: KeyScope): boolean {
  const known = new Set(scope.sourceColumns.map(({ name }) => name.toLowerCase()));
  const references = nodesOf(expression).filter(isClass("COLUMN_REF"));
  return references.every((node) => known.has(unqualified(node, scope)[0] ?? "")) && expression.class !== "CONSTANT";
}

/** Where the SELECT list has exactly this expression. */
function columnOf(wanted: SqlNode, scope: KeyScope): string | undefined {
  const { node, columns } = scope;
  const items = node.select_list as readonly Item[];
  const text = normalised(wanted, scope);
  const index = items.findIndex((item) => normalised(item, scope) === text);
  const hasStar = items.some(isClass("STAR"));
  if (!hasStar) return columns[index]?.name;
  const item = items[index];
  const name = item === undefined ? starColumn(wanted, items, scope) : item.alias || lastName(item);
  const found = columns.filter((column) => column.name.toLowerCase() === name?.toLowerCase());
  return found.length === 1 ? found[0]?.name : undefined;
}

/** A raw column that `*` brings along as it is. */
function starColumn(wanted: SqlNode, items: readonly Item[], scope: KeyScope): string | undefined {
  const [name, ...path] = wanted.class === "COLUMN_REF" ? unqualified(wanted, scope) : [];
  if (name === undefined || path.length > 0) return undefined;
  // `*` of joined tables brings this column along, too: one of that name alone, or the table would have two.
  const ofDriving = ["", aliasOf(drivingTable(scope.node.from_table)).toLowerCase()];
  const stars = items.filter((item) => isClass("STAR")(item) && ofDriving.includes(starOf(item)));
  const star = stars[0] as (Item & StarNode) | undefined;
  if (star === undefined || stars.length > 1 || star.columns === true || star.expr != null) return undefined;
  const replaced = star.replace_list.map(({ key }) => key);
  const isChanged = [...star.exclude_list, ...replaced].some((other) => String(other).toLowerCase() === name);
  const isPlain = (star.rename_list ?? []).length + (star.qualified_exclude_list ?? []).length === 0;
  return isChanged || !isPlain ? undefined : name;
}

function starOf(item: SqlNode): string {
  return String((item as { relation_name?: string }).relation_name ?? "").toLowerCase();
}

interface StarNode {
  readonly exclude_list: readonly unknown[];
  readonly replace_list: readonly { readonly key: unknown }[];
  readonly rename_list?: readonly unknown[];
  readonly qualified_exclude_list?: readonly unknown[];
  readonly expr: unknown;
}

function lastName({ class: kind, column_names: names }: SqlNode): string | undefined {
  return kind === "COLUMN_REF" ? names?.at(-1) : undefined;
}

/** Its text without places, alias and the table's name, and with names in lower case. */
function normalised(expression: SqlNode, scope: KeyScope): string {
  return JSON.stringify({ ...expression, alias: "" }, (key, value: unknown) => {
    if (key === "query_location") return undefined;
    const isColumn = typeof value === "object" && value !== null && (value as SqlNode).class === "COLUMN_REF";
    return isColumn ? { ...value, column_names: unqualified(value as SqlNode, scope) } : value;
  });
}

function unqualified({ column_names: names = [] }: SqlNode, { node }: KeyScope): readonly string[] {
  const parts = names.map((name) => name.toLowerCase());
  const own = aliasOf(drivingTable(node.from_table)).toLowerCase();
  if (parts.length > 1 && parts[0] === own) return parts.slice(1);
  if (parts.length > 2 && /^(raw|clean)$/.test(parts[0] ?? "") && parts[1] === own) return parts.slice(2);
  const joined = joinsOf(node.from_table).map(({ right }) => aliasOf(right).toLowerCase());
  const isOther = parts.slice(0, -1).some((part) => joined.includes(part));
  return isOther ? ["of a joined table", ...parts] : parts;
}
