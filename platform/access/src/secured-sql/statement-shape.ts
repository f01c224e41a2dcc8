import type { Place } from "@thoth/kernel/mesh-error";
import { warehouseError } from "@thoth/warehouse/errors";
import { type SqlNode, walkSqlTree } from "@thoth/warehouse/sql-tree";
import { accessError } from "../errors.ts";
import { functionProblem, growthOf, nameOf, tableFunctionProblem } from "./function-judgement.ts";
import { placeIn } from "./statement-place.ts";

export interface ShapeLimits {
  /** Deepest nesting of a statement's tree. */
  readonly depth: number;
}

/** A table that a statement names and that is no common table expression. */
export interface NamedTable {
  /** The tree's own node. */
  readonly node: SqlNode;
  /** Bytes from the start of the text. */
  readonly offset: number;
}

const mostSelects = 200;

/** With common table expressions. The engine's time to plan grows with the fourth power of their number. */
const mostTables = 50;

/** Of a value through all functions of a statement together. */
const mostGrowth = 1_000_000;

/** What a statement names, in the order of its text. */
export interface StatementShape {
  readonly tables: readonly NamedTable[];
  /** Columns by at least four words: `ontrack_learning.product.units.code`. */
  readonly longColumns: readonly NamedTable[];
  /** How many parameters it takes: `$1`, … */
  readonly parameters: number;
}

/**
 * Judges a statement's tree by kinds of nodes and by functions; both are lists of what is let through.
 * @throws MeshError `warehouse/function-refused`, `access/sql-construct-refused`, at the first place in the text
 */
export function judgeShape(trees: readonly unknown[], sql: string, { depth }: ShapeLimits): StatementShape {
  const problems: Problem[] = [];
  const refuse: Refuse = (node, error) => problems.push({ offset: offsetOf(node), error });
  const { parameters, tables: named, selects } = judgeNodes(trees, { depth, refuse });
  const tables: NamedTable[] = [];
  const longColumns: NamedTable[] = [];
  let growth = 1;
  if (selects > mostSelects) throw accessError["sql-too-large"]({ what: `one of more than ${mostSelects} SELECTs` });
  if (named > mostTables) throw accessError["sql-too-large"]({ what: `one that names more than ${mostTables} tables` });
  if (problems.length === 0) {
    walkSqlTree(trees, {
      table: (node) => tables.push({ node, offset: offsetOf(node) ?? Number.NaN }),
      tableFunction: (call) => judgeCall(call, tableFunctionProblem(call), refuse),
      scalarFunction: (call) => {
        judgeCall(call, functionProblem(call), refuse);
        growth *= growthOf(call);
      },
      column: (node) => {
        if ((node.column_names?.length ?? 0) >= 4) longColumns.push({ node, offset: offsetOf(node) ?? Number.NaN });
      },
    });
  }
  throwFirst(problems, sql);
  if (growth > mostGrowth) throw accessError["sql-too-large"]({ what: "one whose texts or lists could grow too long" });
  return { tables, longColumns, parameters };
}

/** @returns undefined when the parser made the node up */
export function offsetOf({ query_location: offset }: SqlNode): number | undefined {
  return offset !== undefined && Number.isSafeInteger(offset) ? offset : undefined;
}

interface Problem {
  readonly offset: number | undefined;
  readonly error: (at: Place) => Error;
}

type Refuse = (node: SqlNode, error: (at: Place) => Error) => void;

function throwFirst(problems: readonly Problem[], sql: string): void {
  const [first] = problems.toSorted((left, right) => (left.offset ?? Infinity) - (right.offset ?? Infinity));
  if (first !== undefined) throw first.error(placeIn(sql, first.offset));
}

function judgeCall(call: SqlNode, hint: string | undefined, refuse: Refuse): void {
  if (hint === undefined) return;
  refuse(call, (at) => warehouseError["function-refused"]({ name: nameOf(call), hint }, { at }));
}

interface Judging {
  readonly depth: number;
  readonly refuse: Refuse;
}

interface Pending {
  readonly value: unknown;
  readonly level: number;
  readonly inLambda: boolean;
}

// Such a call is one step of the engine, which nothing can stop before its end.
const nestedLambda = "A lambda within a lambda";

interface NodeCounts {
  /** The highest number of one. */
  parameters: number;
  tables: number;
  selects: number;
}

function judgeNodes(root: unknown, { depth, refuse }: Judging): NodeCounts {
  const pending: Pending[] = [{ value: root, level: 0, inLambda: false }];
  const counts: NodeCounts = { parameters: 0, tables: 0, selects: 0 };
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, level, inLambda } = next;
    if (typeof value !== "object" || value === null) continue;
    if (level > depth) throw accessError["sql-too-large"]({ what: `nested more than ${depth} levels deep` });
    if (!Array.isArray(value)) {
      counts.parameters = Math.max(counts.parameters, judgeNode(value as Node, refuse));
      if ((value as Node).type === "BASE_TABLE") counts.tables += 1;
      if ((value as Node).type === "SELECT_NODE") counts.selects += 1;
    }
    const isLambda = !Array.isArray(value) && (value as Node).class === "LAMBDA";
    if (isLambda && inLambda)
      refuse(value, (at) => accessError["sql-construct-refused"]({ what: nestedLambda }, { at }));
    for (const inner of Object.values(value)) {
      pending.push({ value: inner, level: level + 1, inLambda: inLambda || isLambda });
    }
  }
  return counts;
}

type Node = SqlNode & Readonly<Record<string, unknown>>;

/** @returns the number of the parameter, when it is one */
function judgeNode(node: Node, refuse: Refuse): number {
  if (node.type === "SHOW_REF") {
    const keyword = String(node.show_type).split("_")[0]?.replace("SUMMARY", "SUMMARIZE") ?? "SHOW";
    refuse(node, (at) => warehouseError["sql-not-a-select"]({ keyword }, { at }));
    return 0;
  }
  const what = oddity(node);
  if (what !== undefined) refuse(node, (at) => accessError["sql-construct-refused"]({ what }, { at }));
  if (node.class !== "PARAMETER") return 0;
  const number = Number(node.identifier);
  if (Number.isInteger(number) && number >= 1 && number <= mostParameters) return number;
  const words = `the parameter $${String(node.identifier)}: they are numbered $1, $2, … up to ${mostParameters}`;
  refuse(node, (at) => accessError["sql-construct-refused"]({ what: words }, { at }));
  return 0;
}

const mostParameters = 200;

const expressionClasses: ReadonlySet<unknown> = new Set([
  ...["BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION"],
  ...["LAMBDA", "OPERATOR", "PARAMETER", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "WINDOW"],
]);

const plainTypes: ReadonlySet<string> = new Set([
  ...["SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"],
  ...["BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT"],
  ...["ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER"],
]);

const orderTypes = /^(ORDER_DEFAULT|ASCENDING|DESCENDING|ORDER_ASCENDING|ORDER_DESCENDING)$/;

/**
 * What is odd about a node, in words; undefined when it is of a kind that is let through. To make a VARIANT of JSON the
 * engine goes down into it without counting, and a process ends where its stack does.
 */
function oddity(node: Node): string | undefined {
  if ("class" in node) return expressionClasses.has(node.class) ? undefined : `${String(node.class)} expressions`;
  const { type } = node;
  if (type === "BASE_TABLE" && node.at_clause) return "AT (VERSION …) and AT (TIMESTAMP …)";
  if (node.id === "VARIANT") return "The type VARIANT";
  if (type === "UNBOUND_TYPE_INFO" && (node.catalog || node.schema)) return "A type of a schema";
  if (typeof type !== "string" || plainTypes.has(type) || orderTypes.test(type) || type.endsWith("_TYPE_INFO")) {
    return "cte_map" in node ? nameOddity(node) : undefined;
  }
  return `${type} in a query`;
}

/**
 * An unqualified name that is no common table expression could be a file or a view of the engine. Names that look like
 * either are refused even for common table expressions, so that nothing depends on reading their scopes as the engine does.
 */
function nameOddity({ cte_map: tables }: Node): string | undefined {
  const odd = (tables?.map ?? []).find(({ key }) => !/^[\p{L}_][\p{L}\p{N}_$ -]*$/u.test(key) || engineName.test(key));
  return odd && `the name ${JSON.stringify(odd.key)} for a common table expression`;
}

const engineName = /^(duckdb_|pg_|pragma_|sqlite_|information_schema$)/i;
