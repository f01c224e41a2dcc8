import { clockKeyword } from "@thoth/warehouse/analyse-sql";
import { clockFunctions } from "@thoth/warehouse/function-rules";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { type SqlNode, walkSqlTree } from "@thoth/warehouse/sql-tree";
import { functionsOf } from "../clean/engine-functions.ts";
import { pipelineError } from "../errors.ts";
import { parseSelect, printSelect, type SelectNode, type TableNode } from "./select-tree.ts";

/** How the rows of a cleaned table follow from those of the table that it is made from. Counts are rows. */
export interface Reconciliation {
  /** `raw.tasks` */
  readonly source: string;
  readonly landed: number;
  /** What the query's WHERE leaves out, or a join that finds nothing. */
  readonly filtered: number;
  /** Further rows that joins make of one, because they find several; absent where nothing is joined. */
  readonly repeated?: number;
  /** What `QUALIFY row_number() … = 1` or DISTINCT leaves out. */
  readonly duplicates: number;
  readonly clean: number;
}

/**
 * Counts again what a cleaned table must hold: rows landed, less those left out, with those that joins repeat, less
 * duplicates. Decided for queries of one table, and of tables that are joined to it one after another, without grouping,
 * limits or chance, plain or with `QUALIFY row_number() OVER (PARTITION BY …) = 1` or DISTINCT. Undefined for all others.
 * @param rowCount what the query yielded
 * @throws MeshError `pipeline/counts-differ`
 */
export async function reconcileClean(
  engine: QueryEngine,
  table: string,
  statement: string,
  rowCount: number,
): Promise<Reconciliation | undefined> {
  const node = await parseSelect(engine, statement);
  const kept = node && (await isDecidable(engine, node)) ? keptRows(node) : undefined;
  const driving = node && drivingTable(node.from_table);
  if (node === undefined || kept === undefined || driving === undefined) return undefined;
  const counts = await countPassed(engine, node, driving);
  const expected = kept === "all" ? counts.passed : await countRows(engine, await kept(engine));
  const source = nameOf(driving);
  const { landed, filtered, passed, repeated } = counts;
  const sum = { source, landed, filtered, ...(repeated !== undefined && { repeated }), duplicates: passed - expected };
  if (expected === rowCount) return { ...sum, clean: rowCount };
  throw pipelineError["counts-differ"]({ what: table, expected, found: rowCount, how: describeSum(sum, ", ") });
}

/** `275 in raw.records - 0 left out + 3 repeated by joins - 25 duplicates` */
export function describeSum(sum: Omit<Reconciliation, "clean">, separator?: string): string {
  const { source, landed, filtered, repeated, duplicates } = sum;
  const [less, more] = separator === undefined ? [" - ", " + "] : [separator, separator];
  const joined = repeated === undefined ? "" : `${more}${repeated} repeated by joins`;
  return `${landed} in ${source}${less}${filtered} left out${joined}${less}${duplicates} duplicates`;
}

interface PassedRows extends Pick<Reconciliation, "landed" | "filtered" | "repeated"> {
  /** Rows that the query yields before it takes any for duplicates. */
  readonly passed: number;
}

async function countPassed(engine: QueryEngine, node: SelectNode, driving: TableNode): Promise<PassedRows> {
  if (node.from_table.type === "BASE_TABLE") {
    const landed = await countOf(engine, { ...node, ...plain, where_clause: null });
    const passed = await countOf(engine, { ...node, ...plain });
    return { landed, filtered: landed - passed, passed };
  }
  const landed = await countRows(engine, `select 1 from ${nameOf(driving, quoteIdentifier)}`);
  // Beside what the query selects, because its conditions may use the names that it gives.
  const name = driving.alias === "" ? String(driving.table_name) : driving.alias;
  const row = { class: "COLUMN_REF", type: "COLUMN_REF", alias: "driving row", query_location: 0 };
  const list = [...node.select_list, { ...row, column_names: [name, "rowid"] } as SqlNode];
  const joined = await printSelect(engine, { ...node, ...plain, select_list: list });
  const [counted] = await engine.query(
    `select count(*) as passed, count(distinct "driving row") as found from (${joined})`,
  );
  const [passed, found] = [Number(counted?.passed), Number(counted?.found)];
  return { landed, filtered: landed - found, repeated: passed - found, passed };
}

interface JoinNode extends TableNode {
  readonly left: TableNode;
  readonly right: TableNode;
  readonly join_type: string;
  readonly ref_type: string;
}

/** The table whose rows the others are joined to; undefined where that is no table, or the joins are of another kind. */
function drivingTable(from: TableNode): TableNode | undefined {
  if (from.type === "BASE_TABLE") return from.sample || from.at_clause ? undefined : from;
  const { type, left, right, join_type: kind, ref_type: how } = from as JoinNode;
  const isPlain = type === "JOIN" && how === "REGULAR" && (kind === "LEFT" || kind === "INNER");
  if (!isPlain || right.type !== "BASE_TABLE" || right.sample || right.at_clause) return undefined;
  return drivingTable(left);
}

function nameOf({ schema_name: schema, table_name: table }: TableNode, write = (name: string) => name): string {
  return [schema, table].flatMap((name) => (name ? [write(String(name))] : [])).join(".");
}

function countTables(from: TableNode): number {
  if (from.type !== "JOIN") return 1;
  const { left, right } = from as JoinNode;
  return countTables(left) + countTables(right);
}

const plain = { modifiers: [], qualify: null };

/** Chance and time would give another number when asked again. */
const unsteady = new Set<string>([...clockFunctions, "random", "uuid", "gen_random_uuid", "nextval", "setseed"]);

async function isDecidable(engine: QueryEngine, node: SelectNode): Promise<boolean> {
  if (drivingTable(node.from_table) === undefined || node.group_sets.length > 0 || node.having || node.sample)
    return false;
  if ((node.cte_map?.map?.length ?? 0) > 0) return false;
  const names: string[] = [];
  let tables = 0;
  walkSqlTree(node, {
    table: () => void tables++,
    scalarFunction: (call) => {
      if (call.class !== "WINDOW") names.push(String(call.function_name).toLowerCase());
    },
    column: (node) => names.push(...[clockKeyword(node) ?? []].flat()),
  });
  if (tables > countTables(node.from_table) || names.some((name) => unsteady.has(name) || name === "unnest"))
    return false;
  const natures = await functionsOf(engine);
  return !names.some((name) => natures.get(name) === "aggregate");
}

/** Otherwise a query that yields as many rows. */
type Kept = "all" | ((engine: QueryEngine) => Promise<string>);

/** Undefined when what is left out cannot be counted in another way. */
function keptRows(node: SelectNode): Kept | undefined {
  const modifiers = node.modifiers.filter(({ type }) => type !== "ORDER_MODIFIER");
  const [modifier, another] = modifiers;
  if (another !== undefined || (modifier && node.qualify)) return undefined;
  if (modifier?.type === "DISTINCT_MODIFIER")
    return (modifier.distinct_on_targets ?? []).length > 0
      ? undefined
      : (engine) => printSelect(engine, { ...node, ...plain, modifiers });
  if (modifier !== undefined) return undefined;
  if (!node.qualify) return "all";
  const partitions = firstOfEach(node.qualify);
  return partitions && ((engine) => differentKeys(engine, node, partitions));
}

/** The keys stand beside what the query selects, because conditions and keys may use the names that it gives. */
async function differentKeys(engine: QueryEngine, node: SelectNode, keys: readonly SqlNode[]): Promise<string> {
  const named = keys.map((key, index) => ({ ...key, alias: `key ${index}` }) as SqlNode);
  const rows = await printSelect(engine, { ...node, ...plain, select_list: [...node.select_list, ...named] });
  return `select distinct ${keys.map((_, index) => `"key ${index}"`).join(", ")} from (${rows})`;
}

/** The partitions of `row_number() OVER (PARTITION BY …) = 1`. */
function firstOfEach(qualify: unknown): readonly SqlNode[] | undefined {
  const { type, left, right } = qualify as { type?: string; left?: WindowNode; right?: ConstantNode };
  const isFirst = type === "COMPARE_EQUAL" && left?.type === "WINDOW_ROW_NUMBER" && right?.value?.value === 1;
  return isFirst && left.partitions.length > 0 ? left.partitions : undefined;
}

interface WindowNode extends SqlNode {
  readonly partitions: readonly SqlNode[];
}

interface ConstantNode extends SqlNode {
  readonly value?: { readonly value?: unknown };
}

async function countOf(engine: QueryEngine, node: SelectNode): Promise<number> {
  return countRows(engine, await printSelect(engine, node));
}

async function countRows(engine: QueryEngine, select: string): Promise<number> {
  const [row] = await engine.query(`select count(*) as count from (${select})`);
  return Number(row?.count);
}
