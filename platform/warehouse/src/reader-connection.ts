import type { DuckDBConnection, DuckDBMaterializedResult } from "@duckdb/node-api";
import { bindValues } from "./bind-values.ts";
import { engineError } from "./engine-errors.ts";
import { PreparedStatements } from "./prepared-statements.ts";
import type { SqlValue } from "./query-engine.ts";
import { interruptOnAbort } from "./run-statement.ts";

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Nothing of the statement is kept. */
  readonly once?: boolean | undefined;
}

/** A connection that runs queries, one at a time, and keeps their statements ready. */
export class ReaderConnection {
  readonly #connection: DuckDBConnection;
  readonly #statements: PreparedStatements;
  #running = false;
  #outdated = false;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
    this.#statements = new PreparedStatements(connection);
  }

  /**
   * Runs one statement, provided it is a query.
   * @throws MeshError `warehouse/not-a-read`, `warehouse/statement-failed`; the signal's reason
   */
  async run(
    sql: string,
    params: readonly SqlValue[],
    { signal, once = false }: RunOptions = {},
  ): Promise<DuckDBMaterializedResult> {
    signal?.throwIfAborted();
    using _ = interruptOnAbort(this.#connection, signal);
    this.#running = true;
    try {
      using prepared = await this.#statements.prepare(sql, { once });
      const { statement } = prepared;
      const { values, types } = bindValues(params);
      statement.bind(values, types);
      signal?.throwIfAborted();
      return await statement.run();
    } catch (error) {
      signal?.throwIfAborted();
      throw engineError(error, sql);
    } finally {
      this.#running = false;
      if (this.#outdated) this.forgetStatements();
    }
  }

  /** At once, or as soon as what runs has ended: what was prepared before a view changed must not be used after it. */
  forgetStatements(): void {
    this.#outdated = this.#running;
    if (!this.#running) this.#statements[Symbol.dispose]();
  }
}
