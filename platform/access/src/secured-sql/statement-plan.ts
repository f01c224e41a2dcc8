import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import { accessError } from "../errors.ts";
import { hidesRows } from "../row-barrier.ts";
import { failureOf } from "./engine-words.ts";
import { type ParsedStatement, parseStatement } from "./judged-statement.ts";
import { type DeclaredType, listParameters } from "./parameter-types.ts";
import type { ResolvedTable } from "./resolve-tables.ts";
import { isSameStatement, rewriteStatement, type Splice } from "./rewrite-statement.ts";
import type { SecuredView, WantedView } from "./secured-views.ts";
import type { SqlConnection, StatementFacts } from "./sql-connection.ts";

/** A statement that has been resolved for a reader. */
export interface Resolved {
  readonly statement: ParsedStatement;
  readonly tables: readonly ResolvedTable[];
  /** What its client says that the values of `$1`, … are, as far as it does. */
  readonly declared: readonly (DeclaredType | undefined)[];
  /** As those of its reader. */
  readonly claims?: readonly string[] | undefined;
  /** The tables as they are shown at the moment of the call. */
  readonly wanted: () => readonly WantedView[];
}

/** What runs in place of a statement. */
export interface StatementPlan {
  readonly sql: string;
  readonly facts: StatementFacts;
  /** What the engine threw, in terms of what was typed. @param ran the plan's SQL with what stands around it */
  readonly failure: (error: unknown, ran: string) => unknown;
}

export interface Planning {
  readonly resolved: Resolved;
  /** One for each table, in their order. */
  readonly views: readonly SecuredView[];
  readonly depth: number;
  readonly signal: AbortSignal;
}

/** Writes views in place of tables, and proves in two ways that nothing else has come of it. */
export async function planStatement(connection: SqlConnection, planning: Planning): Promise<StatementPlan> {
  const { resolved, views, signal } = planning;
  const { statement, tables } = resolved;
  const splices = tables.flatMap(({ places }, index) => splicesOf(places, views[index]));
  const rewritten = rewriteStatement(statement.sql, splices);
  if (rewritten === undefined)
    throw accessError["sql-construct-refused"]({ what: "The way a table's name is written" });
  const bytes = Buffer.from(rewritten.text, "utf8");
  const grown = bytes.length - Buffer.byteLength(statement.sql, "utf8");
  const { start } = statement;
  const sql = bytes.subarray(start, start + statement.length + grown).toString("utf8");
  const failure = (error: unknown, ran: string) =>
    failureOf(error, {
      sql: statement.sql,
      placeBefore: (offset) => offsetWithin(ran, sql, offset, (within) => rewritten.placeBefore(within + start)),
      hidesRows: tables.some(({ decision }) => hidesRows(decision)),
      columns: tables.flatMap(({ columns }) => columns.map(({ name }) => name)),
    });
  try {
    await verifyTrees(connection, { ...planning, sql, splices });
    const check = () => verifyTables(connection, sql, views);
    const parameters = { declared: resolved.declared, lists: listParameters(statement.trees) };
    const facts = await connection.describe(sql, { signal, check, parameters });
    return { sql, facts, failure };
  } catch (error) {
    throw failure(error, sql);
  }
}

/** @param engine of which the parser is used */
export function parserOf(connection: SqlConnection, signal: AbortSignal): QueryEngine {
  return { query: (sql, [text] = []) => connection.parse(sql, String(text), signal) };
}

function splicesOf(places: ResolvedTable["places"], view: SecuredView | undefined): Splice[] {
  if (view === undefined) throw new Error("a table has no view");
  return places.map((place) => ({ ...place, by: view.name }));
}

interface Verification extends Planning {
  readonly sql: string;
  readonly splices: readonly Splice[];
}

/** What will run is parsed again: it must be what was judged, over other tables. */
async function verifyTrees(connection: SqlConnection, verification: Verification): Promise<void> {
  const { resolved, sql, splices, depth, signal } = verification;
  const limits = { statementBytes: Number.POSITIVE_INFINITY, depth };
  const again = await parseStatement(parserOf(connection, signal), sql, limits);
  if (isSameStatement(resolved.statement.trees, again.trees, splices)) return;
  throw accessError["sql-construct-refused"]({ what: "The way the statement is written" });
}

/** The engine itself must find nothing in the statement but what the views read. */
function verifyTables(connection: SqlConnection, sql: string, views: readonly SecuredView[]): void {
  const isSound = () => {
    const allowed = new Set(views.flatMap(({ name }) => connection.tableNames(`from ${qualifiedName(...name)}`)));
    return connection.tableNames(sql).every((name) => allowed.has(name));
  };
  // A publish between the two looks changes what the views read.
  if (!isSound() && !isSound()) throw accessError["sql-construct-refused"]({ what: "A table in this place" });
}

/** Offset in what ran → offset in what was typed; undefined for what stands around it. */
function offsetWithin(
  ran: string,
  sql: string,
  offset: number,
  before: (within: number) => number,
): number | undefined {
  const start = Buffer.byteLength(ran.slice(0, ran.indexOf(sql)), "utf8");
  const within = offset - start;
  return within < 0 || within > Buffer.byteLength(sql, "utf8") ? undefined : before(within);
}
