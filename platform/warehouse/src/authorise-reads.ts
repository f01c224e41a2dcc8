import type { Place } from "@thoth/kernel/mesh-error";
import type { FunctionReference, SqlAnalysis, TableReference } from "./analyse-sql.ts";
import { warehouseError } from "./errors.ts";
import { allowedTableFunctions, functionRisk, riskHints } from "./function-rules.ts";
import { nearestName } from "./nearest-name.ts";

/** A table that a query may read. */
export type ReadableTable = Pick<TableReference, "catalog" | "schema" | "table">;

/**
 * Refuses a query that names a table outside the list, or a function that reaches outside the tables.
 * @throws MeshError `warehouse/read-refused`, `warehouse/function-refused`, at the first place in the text
 */
export function authoriseReads(analysis: SqlAnalysis, readable: readonly ReadableTable[]): void {
  const allowed = new Set(readable.map(identity));
  const names = readable.map(tableName);
  const refused = analysis.tables.filter((table) => !allowed.has(identity(table)));
  throwFirst(analysis, [...refused.map((table) => tableProblem(table, names)), ...functionProblems(analysis)]);
}

/**
 * The part of `authoriseReads` that concerns functions, for callers that judge the tables themselves.
 * @throws MeshError `warehouse/function-refused`
 */
export function authoriseFunctions(analysis: SqlAnalysis): void {
  throwFirst(analysis, functionProblems(analysis));
}

/** `raw.tasks`, `ontrack_learning.product.units` */
export function tableName(table: ReadableTable): string {
  return [table.catalog, table.schema, table.table]
    .filter((part) => part !== undefined)
    .join(".")
    .toLowerCase();
}

// Not the name: a quoted name may hold a dot.
function identity(table: ReadableTable): string {
  return JSON.stringify([table.catalog ?? "", table.schema ?? "", table.table]).toLowerCase();
}

interface Problem {
  readonly line: number;
  readonly column: number;
  readonly error: (at: Place) => Error;
}

function throwFirst(analysis: SqlAnalysis, problems: readonly Problem[]): void {
  const [first] = problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
  if (first !== undefined) throw first.error({ file: analysis.file, line: first.line, column: first.column });
}

function tableProblem(table: TableReference, readable: readonly string[]): Problem {
  const name = tableName(table);
  const hint = tableHint(table, nearestName(name, readable));
  return problem(table, (at) => warehouseError["read-refused"]({ table: name, hint }, { at }));
}

function functionProblems(analysis: SqlAnalysis): Problem[] {
  const outside = analysis.tableFunctions.filter((call) => !isAllowedTableFunction(call));
  return [...outside.map(tableFunctionProblem), ...analysis.functions.flatMap(scalarFunctionProblem)];
}

function tableHint(table: TableReference, nearest: string | undefined): string {
  const guess = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  if (table.catalog !== undefined && table.schema === "product") {
    const port = `${table.catalog}/${table.table}`.replaceAll("_", "-");
    return `A product of another domain must be a declared input port: add "${port}" to inputPorts in domain.ts.${guess}`;
  }
  if (table.catalog !== undefined) {
    return `The raw and clean tables of another domain are its own; read one of its products as <domain>.product.<product>.${guess}`;
  }
  return `Readable are raw.<stream>, clean.<table> and <domain>.product.<product> of own products and declared input ports.${guess}`;
}

function isAllowedTableFunction(call: FunctionReference): boolean {
  return allowedTableFunctions.includes(call.name) && isBuiltIn(call);
}

function tableFunctionProblem(call: FunctionReference): Problem {
  const risk = functionRisk(call.name);
  const known = `The table functions that may be used are ${allowedTableFunctions.join(", ")}.`;
  return functionProblem(call, risk === undefined ? known : riskHints[risk]);
}

function scalarFunctionProblem(call: FunctionReference): Problem[] {
  const risk = isBuiltIn(call) ? functionRisk(call.name) : "engine";
  return risk === undefined ? [] : [functionProblem(call, riskHints[risk])];
}

function functionProblem(call: FunctionReference, hint: string): Problem {
  return problem(call, (at) => warehouseError["function-refused"]({ name: call.name, hint }, { at }));
}

// The parser itself writes `main` before functions that stand for syntax.
function isBuiltIn(call: FunctionReference): boolean {
  return call.catalog === undefined && (call.schema === undefined || call.schema === "main");
}

function problem(place: { line: number; column: number }, error: (at: Place) => Error): Problem {
  return { line: place.line, column: place.column, error };
}
