import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import type { SelectNode, TableNode } from "../quality/select-tree.ts";
import { describeColumns, type FoundColumn } from "./found-column.ts";
import { isClass, nodesOf } from "./tree-nodes.ts";

/** A join as the engine's parser sees it, with what we look at named. */
export interface JoinNode extends TableNode {
  readonly left: TableNode;
  readonly right: TableNode;
  readonly condition: unknown;
  readonly join_type: string;
  readonly ref_type: string;
}

/** A table that a query joins to the one that drives it. */
export interface JoinedTable {
  readonly schema: "raw" | "clean";
  readonly table: string;
  /** By what name the query knows it. */
  readonly alias: string;
  /** Of it all that the query can see: any other column may change as it likes. */
  readonly columns: readonly FoundColumn[];
}

export function isJoin(node: TableNode): node is JoinNode {
  return node.type === "JOIN";
}

/** The table that everything else is joined to: the leftmost one. */
export function drivingTable(from: TableNode): TableNode {
  return isJoin(from) ? drivingTable(from.left) : from;
}

/** In the order in which they are joined. */
export function joinsOf(from: TableNode): readonly JoinNode[] {
  return isJoin(from) ? [...joinsOf(from.left), from] : [];
}

export function aliasOf({ alias, table_name: table }: TableNode): string {
  return alias || String(table);
}

/** Why a chain of joins is not of the kind that can be followed; undefined when it is. */
export function whyNotJoined(from: TableNode): string | undefined {
  const [driving, joins] = [drivingTable(from), joinsOf(from)];
  const names = [driving, ...joins.map(({ right }) => right)].map((table) => aliasOf(table).toLowerCase());
  if (new Set(names).size < names.length) return "two of its tables have one name";
  for (const { right, join_type: kind, ref_type: form } of joins) {
    if (form !== "REGULAR" || (kind !== "INNER" && kind !== "LEFT"))
      return "it joins otherwise than by INNER or LEFT JOIN … ON or USING";
    if (right.type !== "BASE_TABLE") return "it joins what is no table";
    if (right.catalog_name || !/^(raw|clean)$/i.test(String(right.schema_name)))
      return "it joins a table that is neither raw nor cleaned";
    if (isSame(right, driving)) return `it joins ${driving.schema_name}.${driving.table_name} with itself`;
    if (right.sample || right.at_clause || right.column_name_alias.length > 0)
      return "it takes a sample or renames a table's columns";
  }
  return undefined;
}

function isSame(one: TableNode, other: TableNode): boolean {
  const name = ({ schema_name: schema, table_name: table }: TableNode) => `${schema}.${table}`.toLowerCase();
  return name(one) === name(other);
}

/** What of the joined tables the query can see. */
export async function describeJoined(engine: QueryEngine, node: SelectNode): Promise<JoinedTable[]> {
  const found: JoinedTable[] = [];
  for (const { right } of joinsOf(node.from_table)) {
    const schema = String(right.schema_name).toLowerCase() as JoinedTable["schema"];
    const table = String(right.table_name).toLowerCase();
    const columns = await describeColumns(engine, qualifiedName(schema, table));
    const alias = aliasOf(right);
    found.push({ schema, table, alias, columns: visible(node, alias, columns) });
  }
  return found;
}

/** All columns whose name is anywhere in the query; every one where it takes whole rows or does not name what it takes. */
function visible(node: SelectNode, alias: string, columns: readonly FoundColumn[]): readonly FoundColumn[] {
  const whole = alias.toLowerCase();
  const stars = nodesOf(node).filter(isClass("STAR")) as Iterable<SqlNode & { readonly relation_name?: string }>;
  for (const { relation_name: of } of stars) if (!of || of.toLowerCase() === whole) return columns;
  const paths = nodesOf(node)
    .filter(isClass("COLUMN_REF"))
    .toArray()
    .map(({ column_names: names = [] }) => names);
  if (paths.some((path) => path.at(-1)?.toLowerCase() === whole)) return columns;
  const using = joinsOf(node.from_table).flatMap(
    (join) => (join as { using_columns?: readonly string[] }).using_columns ?? [],
  );
  const named = new Set([...paths.flat(), ...using].map((name) => name.toLowerCase()));
  const seen = columns.filter(({ name }) => named.has(name.toLowerCase()));
  return seen.length === 0 ? columns : seen;
}
