import type { DuckDBDataChunk } from "@duckdb/node-api";
import { linkScope } from "@thoth/kernel/abort-scope";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { accessError } from "../errors.ts";
import { type ParsedStatement, parseStatement, type StatementLimits } from "./judged-statement.ts";
import { LatestUsed } from "./latest-used.ts";
import { leaseConnection } from "./lease-connection.ts";
import { MemoryWatch } from "./memory-watch.ts";
import type { RunOptions, SecuredRow } from "./secured-sql.ts";
import type { SecuredView } from "./secured-views.ts";
import type { SqlConnection, StatementFacts, TextValues } from "./sql-connection.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { parserOf, planStatement, type Resolved, type StatementPlan } from "./statement-plan.ts";
import { textForm } from "./text-form.ts";

export interface DeskLimits extends StatementLimits {
  /** Longest time of one statement, from its beginning to its last row, milliseconds. */
  readonly timeMs: number;
  /** By how much the process may grow for one statement, besides what engines count and limit themselves, bytes. */
  readonly growthBytes: number;
  /** A result with more fails. */
  readonly rows: number;
  /** A result with a row that is larger fails, bytes. */
  readonly rowBytes: number;
}

/** Of a statement whose tree is kept: trees are a hundred times as large. */
const longestKept = 4_000;

/** How much text is handed on at once, characters. */
const partLength = 1_000_000;

/** Runs statements over secured views. */
export class StatementDesk {
  readonly #engine: SqlEngine;
  readonly #limits: DeskLimits;
  readonly #memory: MemoryWatch;
  readonly #parsed = new LatestUsed<ParsedStatement>(256);
  readonly #plans = new LatestUsed<StatementPlan>(512);

  constructor(engine: SqlEngine, limits: DeskLimits) {
    this.#engine = engine;
    this.#limits = limits;
    this.#memory = new MemoryWatch(limits.growthBytes);
  }

  async parse(sql: string, claims?: readonly string[]): Promise<ParsedStatement> {
    const known = this.#parsed.get(sql);
    if (known !== undefined) return known;
    const parsed = await this.#timed(
      this.#engine.judges,
      (connection, signal) => parseStatement(parserOf(connection, signal), sql, this.#limits),
      { claims },
    );
    if (sql.length <= longestKept) this.#parsed.set(sql, parsed);
    return parsed;
  }

  async describe(resolved: Resolved): Promise<StatementFacts> {
    using pinned = await this.#engine.views.pin(resolved.wanted());
    return (await this.#plan(resolved, pinned.views)).facts;
  }

  async rows(resolved: Resolved, params: readonly (string | null)[], options: RunOptions): Promise<SqlRow[]> {
    using pinned = await this.#engine.views.pin(resolved.wanted());
    const plan = await this.#plan(resolved, pinned.views);
    const sql = `SELECT * FROM (\n${plan.sql}\n) LIMIT ${this.#most(options)}`;
    const values = textValues(params, plan);
    try {
      const run = (connection: SqlConnection, signal: AbortSignal) => connection.rows(sql, values, signal);
      const rows = await this.#timed(this.#engine.pool, run, options);
      this.#checkCount(rows.length);
      return rows;
    } catch (error) {
      throw plan.failure(error, sql);
    }
  }

  async *stream(
    resolved: Resolved,
    params: readonly (string | null)[],
    options: RunOptions,
  ): AsyncGenerator<readonly SecuredRow[], void, void> {
    using pinned = await this.#engine.views.pin(resolved.wanted());
    const plan = await this.#plan(resolved, pinned.views);
    const values = textValues(params, plan);
    const sql = textStatement(plan, this.#most(options), this.#limits.rowBytes);
    const { connection, release } = await leaseConnection(this.#engine.pool, options);
    using scope = linkScope(options.signal, this.#limits.timeMs);
    using watched = this.#memory.guard(scope);
    const { signal } = scope;
    const chunks = connection.stream(sql, values, signal);
    // A reader that has stopped asking must not keep the connection.
    const giveBack = () => void chunks.return().then(release, release);
    signal.addEventListener("abort", giveBack, { once: true });
    let count = 0;
    try {
      for await (const chunk of chunks) {
        count += chunk.rowCount;
        this.#checkCount(count);
        for (const rows of rowsOf(chunk, this.#limits.rowBytes)) {
          watched.rest();
          yield rows;
          signal.throwIfAborted();
        }
        watched.work();
      }
      signal.throwIfAborted();
    } catch (error) {
      const reason = signal.aborted ? this.#stopReason(signal, options.signal) : error;
      throw plan.failure(reason, sql);
    } finally {
      signal.removeEventListener("abort", giveBack);
      giveBack();
    }
  }

  /** On the next free connection, for as long as a statement may take. */
  #timed<T>(
    pool: SqlEngine["pool"],
    task: (connection: SqlConnection, signal: AbortSignal) => Promise<T>,
    { signal: parent, claims }: Partial<RunOptions> = {},
  ): Promise<T> {
    const limited = async (connection: SqlConnection) => {
      using scope = linkScope(parent, this.#limits.timeMs);
      using _ = this.#memory.guard(scope);
      try {
        return await task(connection, scope.signal);
      } catch (error) {
        throw scope.signal.aborted ? this.#stopReason(scope.signal, parent) : error;
      }
    };
    return pool.use(limited, { signal: parent, claims });
  }

  #stopReason(signal: AbortSignal, parent: AbortSignal | undefined): unknown {
    if (parent?.aborted || isMeshError(signal.reason)) return signal.reason;
    return accessError["sql-timeout"]({ ms: this.#limits.timeMs });
  }

  #most({ maxRows = Number.POSITIVE_INFINITY }: RunOptions): number {
    return Math.min(Math.max(0, Math.trunc(maxRows)), this.#limits.rows + 1);
  }

  #checkCount(count: number): void {
    const { rows } = this.#limits;
    if (count > rows) throw accessError["sql-too-many-rows"]({ rows });
  }

  async #plan(resolved: Resolved, views: readonly SecuredView[]): Promise<StatementPlan> {
    const { statement, declared, claims } = resolved;
    const key = JSON.stringify([statement.sql, declared, placesOf(resolved), ...views.map(({ name }) => name)]);
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const { depth } = this.#limits;
    const plan = await this.#timed(
      this.#engine.judges,
      (connection, signal) => planStatement(connection, { resolved, views, depth, signal }),
      { claims },
    );
    this.#plans.set(key, plan);
    return plan;
  }
}

/** Which table stands where: by another search path the same names mean others of the same tables. */
function placesOf({ tables }: Resolved): readonly (readonly number[])[] {
  return tables.map(({ places }) => places.map(({ offset }) => offset));
}

function textValues(values: readonly (string | null)[], { facts }: StatementPlan): TextValues {
  const { parameters: types } = facts;
  if (values.length !== types.length) {
    throw accessError["sql-parameters"]({ given: values.length, wanted: types.length });
  }
  return { values, types };
}

/** All columns as texts, and whether a row of them is too large: the engine knows without making a copy. */
function textStatement({ sql, facts }: StatementPlan, most: number, rowBytes: number): string {
  const names = facts.columns.map((_, index) => `"c${index}"`);
  const cells = facts.columns.map(({ type }, index) => `${textForm(names[index] ?? "", type)} AS "t${index}"`);
  const bytes = names.map((_, index) => `coalesce(strlen("t${index}"), 0)`).join(" + ");
  return `SELECT *, ${bytes} > ${rowBytes} FROM (SELECT ${cells.join(", ")} FROM (\n${sql}\n) AS "$result"(${names.join(", ")}) LIMIT ${most})`;
}

/** In parts, since the rows of one chunk may be long. */
function* rowsOf(chunk: DuckDBDataChunk, mostBytes: number): Generator<SecuredRow[], void, void> {
  const columns = Array.from({ length: chunk.columnCount }, (_, index) => chunk.getColumnVector(index));
  const isTooLarge = columns.pop();
  let rows: SecuredRow[] = [];
  let length = 0;
  for (let index = 0; index < chunk.rowCount; index += 1) {
    if (isTooLarge?.getItem(index) === true) throw accessError["sql-row-too-large"]({ mebibytes: mostBytes / 2 ** 20 });
    const row = columns.map((column) => column.getItem(index) as string | null);
    rows.push(row);
    for (const cell of row) length += cell?.length ?? 0;
    if (length < partLength) continue;
    yield rows;
    rows = [];
    length = 0;
  }
  if (rows.length > 0) yield rows;
}
