import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import { parseSelect, type SelectNode } from "../quality/select-tree.ts";
import { isStatementFault } from "../query-failure.ts";
import { type KeyScope, resolveKey } from "./clean-key.ts";
import { columnRef, firstInOrder, type Tie } from "./edit-select.ts";
import { describeColumns, type FoundColumn, isExact } from "./found-column.ts";
import { groupsWrittenOut } from "./group-all.ts";
import { aliasOf, describeJoined, drivingTable, isJoin, type JoinedTable, whyNotJoined } from "./joined-tables.ts";
import { findUnsteady } from "./steady-functions.ts";
import { countNodes, functionNames, isClass, nodesOf } from "./tree-nodes.ts";

/** One expression that tells rows of a cleaned table apart, and the column of the table that holds its value. */
export interface CleanKey {
  readonly expression: SqlNode;
  readonly column: string;
}

/** A query whose table can be kept up to date from the rows that have newly landed. */
export interface Maintained {
  /**
   * `rows`: each raw row gives one row or none. `distinct`: those rows without copies. `latest`: the first row of each
   * key. `groups`: one row per group, of aggregates that do not depend on the order of rows. `joined`: each row gives
   * as many rows as it finds in the tables joined to it, if there are any; a key may have many.
   */
  readonly kind: "rows" | "distinct" | "latest" | "groups" | "joined";
  /** Where the table lies that drives the query: rows are added to a raw one; those of a cleaned one change as they like. */
  readonly layer: "raw" | "clean";
  /** That table; what is joined is joined to it. */
  readonly source: string;
  /** In the order of the joins; none for `rows` and `distinct`. */
  readonly joined: readonly JoinedTable[];
  /**
   * Of `latest`, what landed last comes first among rows that the query's own order holds equal, of rows of a cleaned table
   * the least, and of what one row finds in joined tables the least.
   */
  readonly node: SelectNode;
  /** Empty for `rows`. */
  readonly keys: readonly CleanKey[];
  /** The table's columns, in their order. */
  readonly columns: readonly FoundColumn[];
  readonly sourceColumns: readonly FoundColumn[];
}

/** `why` ends the sentence "computed in full: …". */
export type CleanShape = Maintained | { readonly kind: "other"; readonly why: string };

const other = (why: string): CleanShape => ({ kind: "other", why });

/**
 * Decides from the query alone, by the engine's parser, how its table can be maintained. A query that the engine refuses
 * is left to the full computation, which tells why at its place. Not inside a transaction.
 */
export async function recogniseShape(
  engine: QueryEngine,
  statement: string,
  keyOf: KeyOf = () => [],
): Promise<CleanShape> {
  try {
    return await recognise(engine, statement, keyOf);
  } catch (failure) {
    if (!isStatementFault(failure)) throw failure;
    return other("the engine refuses it");
  }
}

/** Columns that tell the rows of a raw table apart, where its source declares them. */
export type KeyOf = (rawTable: string) => readonly string[];

async function recognise(engine: QueryEngine, statement: string, keyOf: KeyOf): Promise<CleanShape> {
  const parsed = await parseSelect(engine, statement);
  const why = parsed === undefined ? "the query is no plain SELECT" : whyNotFollowed(parsed);
  if (parsed === undefined || why !== undefined) return other(why ?? "");
  const node = await groupsWrittenOut(engine, parsed);
  if (node === undefined) return other("GROUP BY ALL does not say what it groups by");
  const driving = drivingTable(node.from_table);
  const source = String(driving.table_name).toLowerCase();
  const layer = String(driving.schema_name).toLowerCase() as Maintained["layer"];
  const unsteady = await findUnsteady(engine, node);
  if (unsteady !== undefined) return other(unsteady);
  const sourceColumns = await describeColumns(engine, qualifiedName(layer, source));
  const columns = await describeColumns(engine, statement);
  const joined = await describeJoined(engine, node);
  if (
    [...sourceColumns, ...columns, ...joined.flatMap((table) => table.columns)].some(
      ({ name }) => name.toLowerCase() === "rowid",
    )
  )
    return other("a column is called rowid");
  if (new Set(columns.map(({ name }) => name.toLowerCase())).size < columns.length)
    return other("two of its columns have one name");
  const key = layer === "raw" ? keyOf(source) : [];
  return judgeKind({ node, layer, source, sourceColumns, columns, joined }, key);
}

type Judged = Pick<Maintained, "node" | "layer" | "source" | "columns" | "sourceColumns" | "joined">;

function judgeKind(judged: Judged, rawKey: readonly string[]): CleanShape {
  const { node, layer, joined } = judged;
  const distinct = node.modifiers.find(({ type }) => type === "DISTINCT_MODIFIER");
  const parts = [node.group_sets.length > 0, node.qualify !== null, distinct !== undefined].filter(Boolean);
  if (node.having !== null && node.group_sets.length === 0) return other("it has a HAVING without GROUP BY");
  if (parts.length > 1) return other("it uses more than one of GROUP BY, QUALIFY and DISTINCT");
  if (node.group_sets.length > 0) return groupsShape(judged);
  if (node.qualify !== null) return latestShape(judged);
  if (distinct === undefined)
    return joined.length > 0 || layer === "clean" ? joinedShape(judged, rawKey) : { ...judged, kind: "rows", keys: [] };
  const targets = (distinct.distinct_on_targets ?? []) as readonly SqlNode[];
  if (targets.length > 0) return distinctOnShape(judged, targets);
  if (layer === "clean") return other("it takes DISTINCT rows of a cleaned table");
  return joined.length > 0 ? other("it takes DISTINCT rows of joined tables") : distinctShape(judged);
}

/** The rows of a key are replaced together: of the raw table's own key, or else of all its columns that stay as they are. */
function joinedShape(judged: Judged, rawKey: readonly string[]): CleanShape {
  const alias = aliasOf(drivingTable(judged.node.from_table));
  const keyOfColumn = (name: string) => resolveKey(columnRef(alias, name), { ...judged, first: "column" });
  const isKept = ({ column }: CleanKey) => judged.columns.some((found) => found.name === column && isExact(found));
  const [own, all] = [rawKey, judged.sourceColumns.map(({ name }) => name)].map((names) =>
    names.map(keyOfColumn).filter((key) => key !== undefined && isKept(key)),
  ) as [CleanKey[], CleanKey[]];
  const keys = own.length > 0 && own.length === rawKey.length ? own : all;
  if (keys.length === 0)
    return other(`no column of ${judged.layer}.${judged.source} that stays as it is tells which rows to replace`);
  return { ...judged, kind: "joined", keys };
}

/** Undefined where equal values of what is joined may be written differently, so that no order tells them apart. */
function tiesOf({ node, layer, sourceColumns, joined }: Judged): readonly Tie[] | undefined {
  if (joined.some(({ columns }) => !columns.every(isExact))) return undefined;
  const driving = aliasOf(drivingTable(node.from_table));
  const least = joined.flatMap(({ alias, columns }) => columns.map(({ name }) => columnRef(alias, name)));
  const ascending = (expression: SqlNode): Tie => ({ expression, type: "ASCENDING" });
  if (layer === "raw") {
    const newest = columnRef(...(joined.length > 0 ? [driving] : []), "rowid");
    return [{ expression: newest, type: "DESCENDING" }, ...least.map(ascending)];
  }
  // Where a row of a cleaned table lies says nothing.
  if (!sourceColumns.every(isExact)) return undefined;
  return [...sourceColumns.map(({ name }) => columnRef(driving, name)), ...least].map(ascending);
}

const untold = other("equal values of what it reads or joins may be written differently");

function distinctShape(judged: Judged): CleanShape {
  const inexact = judged.columns.find((column) => !isExact(column));
  if (inexact) return other(`${inexact.name} is ${inexact.type}, of which equal values may be written differently`);
  // Nothing but the columns themselves is needed of these keys.
  const keys = judged.columns.map(({ name }) => ({ column: name, expression: {} }));
  return { ...judged, kind: "distinct", keys };
}

function distinctOnShape(judged: Judged, targets: readonly SqlNode[]): CleanShape {
  const ties = tiesOf(judged);
  if (ties === undefined) return untold;
  return keyedShape("latest", { ...judged, node: firstInOrder.ofModifiers(judged.node, ties) }, targets, "alias");
}

function latestShape(judged: Judged): CleanShape {
  const window = firstOfEach(judged.node.qualify);
  if (window === undefined) return other("its QUALIFY is not row_number() OVER (PARTITION BY … ORDER BY …) = 1");
  const ties = tiesOf(judged);
  if (ties === undefined) return untold;
  const qualify = firstInOrder.ofWindow(judged.node.qualify, window, ties);
  return keyedShape("latest", { ...judged, node: { ...judged.node, qualify } }, window.partitions, "column");
}

function groupsShape(judged: Judged): CleanShape {
  const { node } = judged;
  const sets = node.group_sets as readonly (readonly number[])[];
  const groups = (node.group_expressions ?? []) as readonly SqlNode[];
  if (sets.length !== 1 || sets[0]?.length !== groups.length) return other("it has several grouping sets");
  return keyedShape("groups", judged, groups, "column");
}

function keyedShape(
  kind: "latest" | "groups",
  judged: Judged,
  expressions: readonly SqlNode[],
  first: KeyScope["first"],
): CleanShape {
  const keys: CleanKey[] = [];
  for (const expression of expressions) {
    const key = resolveKey(expression, { ...judged, first });
    if (key === undefined) return other("what it keeps one row of is no column of the table");
    const column = judged.columns.find(({ name }) => name === key.column);
    if (column === undefined || !isExact(column))
      return other(`${key.column} is ${column?.type}, of which equal values may be written differently`);
    keys.push(key);
  }
  return { ...judged, kind, keys };
}

function whyNotFollowed(node: SelectNode): string | undefined {
  const from = drivingTable(node.from_table);
  if ((node.cte_map?.map?.length ?? 0) > 0) return "it has common table expressions";
  if (from.type !== "BASE_TABLE" || from.catalog_name) return "it reads more than one table that is raw or cleaned";
  if (!/^(raw|clean)$/i.test(String(from.schema_name))) return "it reads a table that is neither raw nor cleaned";
  if (from.sample || node.sample || from.at_clause || from.column_name_alias.length > 0)
    return "it takes a sample or renames the table's columns";
  if (isJoin(node.from_table)) {
    const why = whyNotJoined(node.from_table);
    if (why !== undefined) return why;
  }
  const isPlainRaw = !isJoin(node.from_table) && String(from.schema_name).toLowerCase() === "raw";
  if (!isPlainRaw && asksForRowNumbers(node)) return "it asks for the numbers of rows";
  if (node.modifiers.some(({ type }) => type !== "ORDER_MODIFIER" && type !== "DISTINCT_MODIFIER"))
    return "it has a LIMIT";
  if (countNodes(node, isClass("SUBQUERY")) > 0) return "it has a subquery";
  const windows = countNodes(node, isClass("WINDOW"));
  if (windows > countNodes(node.qualify, isClass("WINDOW"))) return "it looks at other rows through a window";
  if (windows > 1) return "it has more than one window";
  if (functionNames(node).includes("unnest")) return "it unnests lists";
  return undefined;
}

function asksForRowNumbers(node: SelectNode): boolean {
  const references = nodesOf(node).filter(isClass("COLUMN_REF"));
  return references.some(({ column_names: names }) => names?.at(-1)?.toLowerCase() === "rowid");
}

export interface WindowNode extends SqlNode {
  readonly partitions: readonly SqlNode[];
  readonly orders: readonly unknown[];
  readonly filter_expr?: unknown;
}

/** The window of `row_number() OVER (PARTITION BY …) = 1`, alone or among conditions joined by AND. */
function firstOfEach(qualify: unknown): WindowNode | undefined {
  const { type, children, left, right } = qualify as {
    type?: string;
    children?: readonly unknown[];
    left?: WindowNode;
    right?: { readonly value?: { readonly value?: unknown } };
  };
  if (type === "CONJUNCTION_AND") return children?.map(firstOfEach).find((window) => window !== undefined);
  const isFirst = type === "COMPARE_EQUAL" && left?.type === "WINDOW_ROW_NUMBER" && right?.value?.value === 1;
  return isFirst && left.partitions.length > 0 && !left.filter_expr ? left : undefined;
}
