import { connectEngine, type EngineOptions, openEngine } from "./open-engine.ts";
import { readRows } from "./read-values.ts";
import { runStatement } from "./run-statement.ts";
import { SerialQueue } from "./serial-queue.ts";
import type { WriteSide } from "./write-side.ts";

/** An engine in memory that holds nothing: for its parser and its arithmetic, and for what lies in other files. */
export async function openScratchEngine(
  options: EngineOptions = {},
): Promise<Pick<WriteSide, "query" | "run"> & AsyncDisposable> {
  const instance = await openEngine({ threads: 1, ...options });
  const connection = await connectEngine(instance);
  const queue = new SerialQueue();
  return {
    query: (sql, params, given) =>
      queue.run(async () => readRows(await runStatement(connection, sql, params, given?.signal))),
    run: (sql, params, given) =>
      queue.run(async () => (await runStatement(connection, sql, params, given?.signal)).rowsChanged),
    [Symbol.asyncDispose]: () =>
      queue.run(async () => {
        connection.closeSync();
        instance.closeSync();
      }),
  };
}
