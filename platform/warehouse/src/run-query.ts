import { type DuckDBConnection, type DuckDBMaterializedResult, StatementType } from "@duckdb/node-api";
import { bindValues } from "./bind-values.ts";
import { engineError } from "./engine-errors.ts";
import { warehouseError } from "./errors.ts";
import type { SqlValue } from "./query-engine.ts";
import { interruptOnAbort } from "./run-statement.ts";

/**
 * Runs one statement, provided it is a query. Several statements, or one that changes anything, are refused by what
 * the engine itself takes them for.
 * @throws MeshError `warehouse/not-a-read`
 */
export async function runQuery(
  connection: DuckDBConnection,
  sql: string,
  params: readonly SqlValue[],
  signal?: AbortSignal,
): Promise<DuckDBMaterializedResult> {
  signal?.throwIfAborted();
  using _ = interruptOnAbort(connection, signal);
  try {
    const prepared = await connection.prepare(sql);
    try {
      if (prepared.statementType !== StatementType.SELECT) {
        throw warehouseError["not-a-read"]({ statement: sql.trim().slice(0, 40) });
      }
      const { values, types } = bindValues(params);
      prepared.bind(values, types);
      signal?.throwIfAborted();
      return await prepared.run();
    } finally {
      prepared.destroySync();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw engineError(error, sql);
  }
}
