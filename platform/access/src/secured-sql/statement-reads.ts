import type { ProductModel } from "@thoth/contract/product-model";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import { chainedColumn } from "./chained-column.ts";

/** A product that a statement names, with the columns of it that can be read. */
export interface ReadTable {
  readonly model: ProductModel;
  readonly columns: readonly { readonly name: string }[];
  /** Columns that `*` does not stand for. */
  readonly hidden?: readonly { readonly name: string }[];
}

/**
 * The columns that a statement reads of each product, in alphabetical order, by the names it mentions: never less than it
 * does. None when only rows are counted. A name that two products share counts for both.
 * @param places which of the tree's nodes name which product
 */
export function statementReads<Table extends ReadTable>(
  trees: readonly unknown[],
  places: ReadonlyMap<SqlNode, Table>,
): Map<Table, string[]> {
  const mentioned: Mentioned = { tables: [], names: new Set(), rows: new Set() };
  mention(trees, [], mentioned);
  const reads = new Map<Table, string[]>();
  for (const table of new Set(places.values())) {
    const own = mentioned.tables.filter(({ node }) => places.get(node) === table);
    const whole = own.some(({ whole: all, alias }) => all || mentioned.rows.has(alias));
    const isNamed = ({ name }: { readonly name: string }) => mentioned.names.has(name.toLowerCase());
    const read = [...(whole ? table.columns : table.columns.filter(isNamed)), ...(table.hidden ?? []).filter(isNamed)];
    reads.set(table, read.map(({ name }) => name).sort());
  }
  return reads;
}

interface MentionedTable {
  readonly node: SqlNode;
  readonly alias: string;
  /** Whether all of its columns are asked for, as by `*`. */
  whole: boolean;
}

interface Mentioned {
  readonly tables: MentionedTable[];
  readonly names: Set<string>;
  /** Names that stand alone: of a column, or of a table whose row is meant. */
  readonly rows: Set<string>;
}

type Tree = SqlNode & Readonly<Record<string, unknown>>;

/** @param near the tables of the SELECT around it, which `*` stands for */
function mention(value: unknown, near: readonly MentionedTable[], mentioned: Mentioned): void {
  if (Array.isArray(value)) for (const item of value) mention(item, near, mentioned);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const node = value as Tree;
  if (node.type === "SELECT_NODE") {
    mentionSelect(node, mentioned);
    return;
  }
  if (node.class === "STAR") markWhole(near, String(node.relation_name ?? ""));
  // `#2` is the second column of whatever is read.
  if (node.class === "POSITIONAL_REFERENCE") markWhole(near, "");
  if (node.class === "COLUMN_REF") mentionColumn(wordsOf(node.column_names), mentioned);
  mentionColumn(chainedColumn(node), mentioned);
  for (const name of wordsOf(node.using_columns)) mentioned.names.add(name);
  for (const inner of Object.values(node)) mention(inner, near, mentioned);
}

function mentionSelect({ from_table: from, ...rest }: Tree, mentioned: Mentioned): void {
  const own: MentionedTable[] = [];
  mentionFrom(from, own, mentioned);
  mentioned.tables.push(...own);
  mention(Object.values(rest), own, mentioned);
}

/** Tables are those of this SELECT; what stands inside of a subquery has its own. */
function mentionFrom(value: unknown, own: MentionedTable[], mentioned: Mentioned): void {
  if (typeof value !== "object" || value === null) return;
  const node = value as Tree;
  if (node.type === "BASE_TABLE") {
    own.push(tableOf(node));
    return;
  }
  if (node.type !== "JOIN" && node.type !== "PIVOT") {
    mention(node, own, mentioned);
    return;
  }
  const { left, right, source, ...rest } = node;
  for (const side of [left, right, source]) mentionFrom(side, own, mentioned);
  // what they compare or turn round is not named
  if (node.ref_type === "NATURAL" || node.type === "PIVOT") markWhole(own, "");
  mention({ ...rest, type: "CONDITIONS" }, own, mentioned);
}

function tableOf(node: Tree): MentionedTable {
  const alias = String(node.alias ?? "").toLowerCase();
  return { node, alias: alias === "" ? String(node.table_name ?? "").toLowerCase() : alias, whole: false };
}

function markWhole(tables: readonly MentionedTable[], relation: string): void {
  for (const table of tables) if (relation === "" || relation.toLowerCase() === table.alias) table.whole = true;
}

function mentionColumn(words: readonly string[], { names, rows }: Mentioned): void {
  for (const word of words) names.add(word);
  const last = words.at(-1);
  if (last !== undefined) rows.add(last);
}

function wordsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map((word) => String(word).toLowerCase()) : [];
}
