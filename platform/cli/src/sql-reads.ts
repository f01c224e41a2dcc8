import type { ProductModel } from "@thoth/contract/product-model";
import type { QueryEngine } from "@thoth/warehouse/query-engine";

/** What a statement reads of one product. */
export interface SqlRead {
  readonly model: ProductModel;
  /** In alphabetical order; none when only rows are counted. */
  readonly columns: readonly string[];
}

/** A product with the columns of it that can be read. */
export interface ReadableProduct {
  readonly model: ProductModel;
  readonly columns: readonly { readonly name: string }[];
}

/**
 * What a statement reads, by the names it mentions: never less than it does. A name that two products share counts for both.
 * @param statement one SELECT that has been run
 */
export async function sqlReads(
  engine: QueryEngine,
  statement: string,
  products: readonly ReadableProduct[],
): Promise<SqlRead[]> {
  const [row] = await engine.query("select json_serialize_sql($1::varchar) as tree", [statement]);
  const mentioned: Mentioned = { tables: [], names: new Set(), rows: new Set() };
  mention(row?.tree, [], mentioned);
  return products.flatMap(({ model, columns }) => {
    const places = mentioned.tables.filter((table) => isOf(table, model));
    if (places.length === 0) return [];
    const whole = places.some((table) => table.whole || mentioned.rows.has(table.alias));
    const read = columns.filter(({ name }) => whole || mentioned.names.has(name.toLowerCase()));
    return [{ model, columns: read.map(({ name }) => name).sort() }];
  });
}

interface MentionedTable {
  /** `ontrack_learning.product.units` */
  readonly name: string;
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

type Tree = Readonly<Record<string, unknown>>;

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
  if (node.class === "COLUMN_REF") mentionColumn(wordsOf(node.column_names), mentioned);
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
  const parts = [node.catalog_name, node.schema_name, node.table_name].map((part) => String(part ?? "").toLowerCase());
  const alias = String(node.alias ?? "").toLowerCase();
  return { name: parts.join("."), alias: alias === "" ? (parts.at(-1) ?? "") : alias, whole: false };
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

function isOf({ name }: MentionedTable, { catalogName, tableName }: ProductModel): boolean {
  return name === `${catalogName}.product.${tableName}`.toLowerCase();
}
