import { connectEngine, openEngine } from "./open-engine.ts";
import type { QueryEngine } from "./query-engine.ts";
import { readRows } from "./read-values.ts";
import { runStatement } from "./run-statement.ts";
import { SerialQueue } from "./serial-queue.ts";

/** An engine in memory that holds nothing: for its parser and its arithmetic. */
export async function openScratchEngine(): Promise<QueryEngine & AsyncDisposable> {
  const instance = await openEngine({ threads: 1 });
  const connection = await connectEngine(instance);
  const queue = new SerialQueue();
  return {
    query: (sql, params, options) =>
      queue.run(async () => readRows(await runStatement(connection, sql, params, options?.signal))),
    [Symbol.asyncDispose]: () =>
      queue.run(async () => {
        connection.closeSync();
        instance.closeSync();
      }),
  };
}
