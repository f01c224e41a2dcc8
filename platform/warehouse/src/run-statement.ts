import type { DuckDBConnection, DuckDBMaterializedResult } from "@duckdb/node-api";
import { bindValues } from "./bind-values.ts";
import { engineError } from "./engine-errors.ts";
import type { SqlValue } from "./query-engine.ts";

/** How often an abort is repeated until the engine notices: an interrupt before the statement has begun is lost. */
const interruptEveryMs = 10;

/** Runs one statement on one connection; the connection must have nothing else in flight. */
export async function runStatement(
  connection: DuckDBConnection,
  sql: string,
  params: readonly SqlValue[] = [],
  signal?: AbortSignal,
): Promise<DuckDBMaterializedResult> {
  signal?.throwIfAborted();
  using _ = interruptOnAbort(connection, signal);
  try {
    if (params.length === 0) return await connection.run(sql);
    const { values, types } = bindValues(params);
    return await connection.run(sql, values, types);
  } catch (error) {
    signal?.throwIfAborted();
    throw engineError(error, sql);
  }
}

export function interruptOnAbort(connection: DuckDBConnection, signal: AbortSignal | undefined): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    connection.interrupt();
    timer = setInterval(() => connection.interrupt(), interruptEveryMs);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}
