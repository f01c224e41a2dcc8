import type { DuckDBInstance } from "@duckdb/node-api";

/** Of this process, as its memory is: whoever opened them. */
const engines = new Set<WeakRef<DuckDBInstance>>();

/** From now on its memory is counted, until it is closed. */
export function countMemoryOf(engine: DuckDBInstance): void {
  engines.add(new WeakRef(engine));
}

/** What all engines of this process hold and hold against their own limits, bytes. */
export async function countedBytes(): Promise<number> {
  const counts = await Promise.all([...engines].map(countOf));
  return counts.reduce((sum, bytes) => sum + bytes, 0);
}

async function countOf(engine: WeakRef<DuckDBInstance>): Promise<number> {
  try {
    const connection = await engine.deref()?.connect();
    if (connection === undefined) throw new Error("it is gone");
    try {
      const result = await connection.runAndReadAll(
        "select coalesce(sum(memory_usage_bytes), 0)::double from duckdb_memory()",
      );
      return Number(result.getRows()[0]?.[0] ?? 0);
    } finally {
      connection.closeSync();
    }
  } catch {
    // One that is closed, or broken, holds nothing that could be counted.
    engines.delete(engine);
    return 0;
  }
}
