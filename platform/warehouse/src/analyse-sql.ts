import { parseEngineError } from "./engine-errors.ts";
import { warehouseError } from "./errors.ts";
import { clockKeywords } from "./function-rules.ts";
import type { QueryEngine } from "./query-engine.ts";
import { placeAt, placeAtCharacter, type TextPlace } from "./sql-place.ts";
import { type StatementText, splitStatements } from "./sql-statements.ts";
import { type SqlNode, walkSqlTree } from "./sql-tree.ts";

/** A table as written, in lower case because the engine does not distinguish. Parts that were not written are absent. */
export interface TableReference extends TextPlace {
  readonly catalog?: string;
  readonly schema?: string;
  readonly table: string;
}

export interface FunctionReference extends TextPlace {
  /** Lower case, without its schema. */
  readonly name: string;
  readonly catalog?: string;
  readonly schema?: string;
}

/** What one query reads and calls, in the order of its text. */
export interface SqlAnalysis {
  readonly file: string;
  /** The one statement without the closing `;` and what surrounds it: safe to put behind `create table … as`. */
  readonly statement: string;
  /** Every table reference that is no common table expression. */
  readonly tables: readonly TableReference[];
  readonly tableFunctions: readonly FunctionReference[];
  /** Scalar functions, aggregates, window functions, macros and `current_date` and its like; operators are left out. */
  readonly functions: readonly FunctionReference[];
}

/**
 * Reads a query with the engine's own parser. Nothing is run and no table has to exist.
 * @param engine any engine: only its parser is used
 * @param file for the places in errors
 * @throws MeshError `warehouse/sql-syntax`, `warehouse/sql-not-a-select`, `warehouse/sql-several-statements`
 */
export async function analyseSql(engine: QueryEngine, sql: string, file: string): Promise<SqlAnalysis> {
  const { statement, trees } = await parseSelect(engine, sql, file);
  return { file, statement: statement.text, ...collect(trees, sql, statement, file) };
}

export interface ParsedSelect {
  readonly statement: StatementText;
  /** As `json_serialize_sql` yields them; places in them are bytes of the whole text. */
  readonly trees: readonly unknown[];
}

/** The trees of a query, for those who judge them by rules of their own. Throws what `analyseSql` throws. */
export async function parseSelect(engine: QueryEngine, sql: string, file: string): Promise<ParsedSelect> {
  const statement = onlyStatement(sql, file);
  const [row] = await engine.query("select json_serialize_sql($1::varchar) as tree", [sql]);
  const tree = row?.tree as SerializedSql;
  if (tree.error) throw refusal(tree, statement, sql, file);
  return { statement, trees: tree.statements };
}

interface SerializedSql {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly position?: string;
  readonly statements: readonly unknown[];
}

function onlyStatement(sql: string, file: string): StatementText {
  const statements = splitStatements(sql);
  const [first, second] = statements;
  if (first === undefined)
    throw warehouseError["sql-not-a-select"]({ keyword: "" }, { at: { file, line: 1, column: 1 } });
  if (second === undefined) return first;
  const at = { file, ...placeOf(sql, second.start) };
  throw warehouseError["sql-several-statements"]({ count: statements.length }, { at });
}

function refusal(tree: SerializedSql, statement: StatementText, sql: string, file: string) {
  const start = placeOf(sql, statement.start);
  if (tree.error_type === "not implemented") {
    return warehouseError["sql-not-a-select"]({ keyword: keywordOf(statement.text) }, { at: { file, ...start } });
  }
  const place = tree.position === undefined ? start : placeAtCharacter(sql, Number(tree.position));
  const reason = parseEngineError(tree.error_message).message;
  return warehouseError["sql-syntax"]({ reason }, { at: { file, ...place } });
}

/** A pivot whose columns depend on the data parses as several statements, wherever in the query it stands. */
function keywordOf(statement: string): string {
  const first = /^[A-Za-z]+/.exec(statement)?.[0].toUpperCase() ?? "this";
  return /^(WITH|FROM|SELECT|PIVOT)$/.test(first) && /\bpivot\b/i.test(statement) ? "PIVOT" : first;
}

function collect(statements: readonly unknown[], sql: string, statement: StatementText, file: string) {
  const tables: TableReference[] = [];
  const tableFunctions: FunctionReference[] = [];
  const functions: FunctionReference[] = [];
  const start = placeOf(sql, statement.start);
  const locate = (node: SqlNode) => locationOf(node, sql) ?? start;
  walkSqlTree(statements, {
    table: (node) => tables.push({ ...tableName(node), ...locate(node) }),
    tableFunction: (node) => tableFunctions.push({ ...functionName(node), ...locate(node) }),
    scalarFunction: (node) => {
      if (node.is_operator !== true) functions.push({ ...functionName(node), ...locate(node) });
    },
    column: (node) => {
      const name = clockKeyword(node);
      if (name !== undefined) functions.push({ name, ...locate(node) });
    },
    show: () => {
      throw warehouseError["sql-not-a-select"]({ keyword: keywordOf(statement.text) }, { at: { file, ...start } });
    },
  });
  return { tables: inOrder(tables), tableFunctions: inOrder(tableFunctions), functions: inOrder(functions) };
}

/** `current_date` is a function, unless there is a column of that name, which only the engine can tell. */
export function clockKeyword({ column_names: names = [] }: SqlNode): string | undefined {
  const [name = ""] = names;
  return names.length === 1 && clockKeywords.includes(name.toLowerCase()) ? name.toLowerCase() : undefined;
}

function tableName(node: SqlNode) {
  return { ...qualifier(node.catalog_name, node.schema_name), table: String(node.table_name).toLowerCase() };
}

function functionName(node: SqlNode) {
  return { ...qualifier(node.catalog, node.schema), name: String(node.function_name).toLowerCase() };
}

function qualifier(catalog: unknown, schema: unknown): { catalog?: string; schema?: string } {
  return {
    ...(catalog ? { catalog: String(catalog).toLowerCase() } : {}),
    ...(schema ? { schema: String(schema).toLowerCase() } : {}),
  };
}

function locationOf(node: SqlNode, sql: string): TextPlace | undefined {
  const offset = node.query_location;
  return offset === undefined || !Number.isSafeInteger(offset) ? undefined : placeAt(sql, offset);
}

function inOrder<T extends TextPlace>(references: T[]): readonly T[] {
  return references.sort((left, right) => left.line - right.line || left.column - right.column);
}

function placeOf(sql: string, offset: number): TextPlace {
  return placeAt(sql, Buffer.byteLength(sql.slice(0, offset), "utf8"));
}
