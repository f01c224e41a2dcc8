import type { ProductModel } from "@thoth/contract/product-model";
import type { Place } from "@thoth/kernel/mesh-error";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import type { Decision } from "../decision.ts";
import { accessError } from "../errors.ts";
import { chainedColumn } from "./chained-column.ts";
import { placeIn } from "./statement-place.ts";

/** A table of which only sums over groups of people may be read. */
export interface AggregateTable {
  /** Where the statement names it: the tree's own node. */
  readonly node: SqlNode;
  readonly model: ProductModel;
  readonly decision: Decision;
}

/**
 * Judges each SELECT that reads such a table. It reads that table alone, and its measures as the direct argument of
 * `sum`, `avg` or `count`: then every number is one over whole cells, in each of which there are enough people.
 * @throws MeshError `access/sql-aggregates-only` at the place of what is wrong
 */
export function judgeAggregates(trees: readonly unknown[], sql: string, tables: readonly AggregateTable[]): void {
  if (tables.length === 0) return;
  const places = new Map(tables.map((table) => [table.node, table]));
  const judged = new Set<SqlNode>();
  visit(trees, (node) => {
    const from = node.type === "SELECT_NODE" ? (node.from_table as Tree | undefined) : undefined;
    const table = from && places.get(from as SqlNode);
    if (table === undefined) return;
    judged.add(table.node);
    const problem = selectProblem(node, new TableUse(table, from as Tree));
    if (problem !== undefined) throw refusal(table, problem, sql);
  });
  const joined = tables.find(({ node }) => !judged.has(node));
  if (joined !== undefined) throw refusal(joined, { ...problems.joined, node: joined.node as Tree }, sql);
}

type Tree = SqlNode & Readonly<Record<string, unknown>>;

interface Problem {
  readonly problem: string;
  readonly hint: string;
  readonly node: Tree;
}

const problems = {
  joined: {
    problem: "it is joined, pivoted or sampled here",
    hint: "Aggregate it alone in a subquery or WITH, and join the result.",
  },
  rows: {
    problem: "this would show rows",
    hint: "Ask for sum(…), avg(…) or count(*), with GROUP BY over the columns that may be grouped by.",
  },
  position: { problem: "# stands for any column", hint: "Name the sums and the columns to group by." },
  star: { problem: "* stands for rows", hint: "Name the sums and the columns to group by." },
  subquery: {
    problem: "a subquery stands beside the sums",
    hint: "Aggregate in a subquery or WITH of its own, and put the rest around it.",
  },
} as const;

function refusal({ model }: AggregateTable, { problem, hint, node }: Problem, sql: string): Error {
  const offset = node.query_location;
  const at: Place = placeIn(sql, Number.isSafeInteger(offset) ? offset : undefined);
  return accessError["sql-aggregates-only"]({ table: model.id, problem, hint }, { at });
}

/** How one SELECT calls the table and its columns. */
class TableUse {
  readonly #measures: ReadonlySet<string>;
  readonly #dimensions: ReadonlySet<string>;
  readonly #qualifiers: ReadonlySet<string>;
  readonly #table: string;

  constructor({ decision, model }: AggregateTable, from: Tree) {
    const lower = (name: unknown) => String(name ?? "").toLowerCase();
    const aggregated = Object.keys(decision.columns).filter((name) => decision.columns[name] === "aggregated");
    this.#measures = new Set(aggregated.map(lower));
    this.#dimensions = new Set((decision.grouping?.dimensions ?? []).map(lower));
    this.#table = lower(from.alias) || lower(from.table_name);
    // A table that is named alone is called by its schema all the same.
    const names = [from.alias, from.table_name, from.schema_name, from.catalog_name, model.catalogName];
    this.#qualifiers = new Set(names.map(lower).filter((name) => name !== ""));
  }

  isMeasure(words: readonly string[]): boolean {
    return this.#measures.has(words.at(-1) ?? "");
  }

  /** Whether a column is one to group by, or is none of this table. */
  isOpen(words: readonly string[], aliases: ReadonlySet<string>): boolean {
    const [first = "", ...rest] = words;
    if (words.some((word) => this.#measures.has(word))) return false;
    if (rest.length === 0) return this.#dimensions.has(first) || (aliases.has(first) && !this.#qualifiers.has(first));
    if (!words.some((word) => this.#qualifiers.has(word))) return true;
    // Behind a schema, or the catalog of the view, the table's own name stands for its rows.
    return words.at(-2) === this.#table && this.#dimensions.has(words.at(-1) ?? "");
  }
}

function selectProblem(select: Tree, use: TableUse): Problem | undefined {
  const from = select.from_table as Tree;
  if (select.sample || from.sample || hasItems(from.column_name_alias)) return { ...problems.joined, node: from };
  const aliases = new Set(aliasesOf(select.select_list));
  const allOfOrder = new Set(orderedBy(select));
  let [found, aggregates]: [Problem | undefined, boolean] = [undefined, hasItems(select.group_expressions)];
  const { from_table: _, cte_map: __, ...inside } = select;
  visitPruned(inside, (node) => {
    if (found !== undefined) return false;
    if (isAggregate(node)) aggregates = true;
    if (isSumOfMeasure(node, use)) return false;
    found = allOfOrder.has(node) ? undefined : expressionProblem(node, use, aliases);
    return found === undefined;
  });
  if (found !== undefined) return found;
  return aggregates || select.aggregate_handling === "FORCE_AGGREGATES" ? undefined : { ...problems.rows, node: from };
}

function expressionProblem(node: Tree, use: TableUse, aliases: ReadonlySet<string>): Problem | undefined {
  if (node.class === "SUBQUERY") return { ...problems.subquery, node };
  if (node.class === "STAR") return { ...problems.star, node };
  if (node.class === "POSITIONAL_REFERENCE") return { ...problems.position, node };
  const words = columnOf(node);
  if (words.length === 0) return undefined;
  if (use.isMeasure(words)) {
    const problem = `${words.at(-1)} stands outside of a plain sum, avg or count`;
    return {
      problem,
      hint: "Write sum(column), avg(column) or count(column), without DISTINCT, FILTER or OVER.",
      node,
    };
  }
  if (use.isOpen(words, aliases)) return undefined;
  const problem = `${words.join(".")} is no column to group by`;
  return {
    problem,
    hint: "The catalog's page of the product says which columns there are to group and filter by.",
    node,
  };
}

/** `ORDER BY ALL`, which is written as a star, and `ORDER BY #1` stand for columns of the result. */
function orderedBy({ modifiers }: Tree): Tree[] {
  const orders = ((modifiers ?? []) as readonly Tree[]).flatMap((one) => (one.orders ?? []) as readonly Tree[]);
  const isOfResult = (by: Tree | undefined) =>
    by?.class === "POSITIONAL_REFERENCE" ||
    (by?.class === "STAR" && by.columns === true && !by.expr && !by.relation_name);
  return orders.map(({ expression }) => expression as Tree).filter(isOfResult);
}

/** The words of a column, in lower case; none when it is anything else. */
function columnOf(node: Tree): readonly string[] {
  if (node.class !== "COLUMN_REF") return chainedColumn(node);
  return (node.column_names ?? []).map((word) => word.toLowerCase());
}

/** A measure alone as what is added up or counted. */
function isSumOfMeasure(node: Tree, use: TableUse): boolean {
  if (node.class !== "FUNCTION" || !sums.has(functionName(node))) return false;
  const [column, more] = (node.children ?? []) as readonly Tree[];
  if (column?.class !== "COLUMN_REF" || more !== undefined || chainedColumn(node).length > 0) return false;
  const orders = (node.order_bys as { readonly orders?: unknown } | null)?.orders;
  if (node.distinct || node.filter || hasItems(orders) || node.export_state) return false;
  return use.isMeasure(columnOf(column));
}

const sums: ReadonlySet<string> = new Set(["sum", "avg", "mean", "count"]);

const aggregateNames: ReadonlySet<string> = new Set([...sums, "count_star", "min", "max", "any_value", "first"]);

function isAggregate(node: Tree): boolean {
  return node.class === "FUNCTION" && aggregateNames.has(functionName(node));
}

function functionName(node: Tree): string {
  return String(node.function_name).toLowerCase();
}

function aliasesOf(list: unknown): string[] {
  const nodes = Array.isArray(list) ? (list as readonly Tree[]) : [];
  return nodes.map(({ alias }) => String(alias ?? "").toLowerCase()).filter((alias) => alias !== "");
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function visit(value: unknown, see: (node: Tree) => void): void {
  visitPruned(value, (node) => {
    see(node);
    return true;
  });
}

/** @param see false leaves out what is inside */
function visitPruned(value: unknown, see: (node: Tree) => boolean): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value) && !see(value as Tree)) return;
  for (const inner of Object.values(value)) visitPruned(inner, see);
}
