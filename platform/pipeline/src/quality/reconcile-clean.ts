import { clockFunctions } from "@thoth/warehouse/function-rules";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { type SqlNode, walkSqlTree } from "@thoth/warehouse/sql-tree";
import { functionsOf } from "../clean/engine-functions.ts";
import { pipelineError } from "../errors.ts";
import { parseSelect, printSelect, type SelectNode } from "./select-tree.ts";

/** How the rows of a cleaned table follow from those of the one table that it is made from. Counts are rows. */
export interface Reconciliation {
  /** `raw.tasks` */
  readonly source: string;
  readonly landed: number;
  /** What the query's WHERE leaves out. */
  readonly filtered: number;
  /** What `QUALIFY row_number() … = 1` or DISTINCT leaves out. */
  readonly duplicates: number;
  readonly clean: number;
}

/**
 * Counts again what a cleaned table must hold: rows landed, less those left out, less duplicates. Decided for queries of
 * one table without grouping, joins, limits or chance, plain or with `QUALIFY row_number() OVER (PARTITION BY …) = 1` or
 * DISTINCT. Undefined for all others.
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
  if (node === undefined || kept === undefined) return undefined;
  const landed = await countOf(engine, { ...node, ...plain, where_clause: null });
  const passed = await countOf(engine, { ...node, ...plain });
  const expected = kept === "all" ? passed : await countRows(engine, await kept(engine));
  const source = [node.from_table.schema_name, node.from_table.table_name].filter(Boolean).join(".");
  if (expected === rowCount)
    return { source, landed, filtered: landed - passed, duplicates: passed - expected, clean: rowCount };
  const how = `${landed} in ${source}, ${landed - passed} left out, ${passed - expected} duplicates`;
  throw pipelineError["counts-differ"]({ what: table, expected, found: rowCount, how });
}

const plain = { modifiers: [], qualify: null };

/** Chance and time would give another number when asked again. */
const unsteady = new Set<string>([...clockFunctions, "random", "uuid", "gen_random_uuid", "nextval", "setseed"]);

async function isDecidable(engine: QueryEngine, node: SelectNode): Promise<boolean> {
  const isOneTable = node.from_table.type === "BASE_TABLE" && !node.from_table.sample;
  if (!isOneTable || node.group_sets.length > 0 || node.having || node.sample) return false;
  if ((node.cte_map?.map?.length ?? 0) > 0) return false;
  const names: string[] = [];
  let tables = 0;
  walkSqlTree(node, {
    table: () => void tables++,
    scalarFunction: (call) => {
      if (call.class !== "WINDOW") names.push(String(call.function_name).toLowerCase());
    },
  });
  if (tables > 1 || names.some((name) => unsteady.has(name) || name === "unnest")) return false;
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
