import type { DuckDBConnection, DuckDBMaterializedResult } from "@duckdb/node-api";
import { bindValues } from "./bind-values.ts";
import { engineError } from "./engine-errors.ts";
import { PreparedStatements } from "./prepared-statements.ts";
import type { SqlValue } from "./query-engine.ts";

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Nothing of the statement is kept. */
  readonly once?: boolean | undefined;
}

/** A connection that runs queries, one at a time, and keeps their statements ready. */
export class ReaderConnection {
  readonly #statements: PreparedStatements;

  constructor(connection: DuckDBConnection) {
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
    using _ = this.#statements.occupy(signal);
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
    }
  }

  /** Of the state that is not shown any more. */
  forgetStatements(): void {
    this.#statements.forget();
  }
}
