import type { DuckDBInstance } from "@duckdb/node-api";

/** Of this process, as its memory is, whoever opened them: with what each held when it was last counted, bytes. */
const engines = new Map<WeakRef<DuckDBInstance>, number>();

/** From now on its memory is counted, until it is closed. */
export function countMemoryOf(engine: DuckDBInstance): void {
  engines.set(new WeakRef(engine), 0);
}

/** What all engines of this process hold and hold against their own limits, bytes. */
export async function countedBytes(): Promise<number> {
  const counts = await Promise.all([...engines.keys()].map(countOf));
  return counts.reduce((sum, bytes) => sum + bytes, 0);
}

async function countOf(reference: WeakRef<DuckDBInstance>): Promise<number> {
  const engine = reference.deref();
  const bytes = engine && (await heldBy(engine).catch((failure: unknown) => ofUncounted(reference, failure)));
  if (bytes === undefined) engines.delete(reference);
  else engines.set(reference, bytes);
  return bytes ?? 0;
}

async function heldBy(engine: DuckDBInstance): Promise<number> {
  const connection = await engine.connect();
  try {
    const result = await connection.runAndReadAll(
      "select coalesce(sum(memory_usage_bytes), 0)::double from duckdb_memory()",
    );
    return Number(result.getRows()[0]?.[0] ?? 0);
  } finally {
    connection.closeSync();
  }
}

/** One that has no memory left to count its memory holds as much as before. @returns undefined when it is closed */
function ofUncounted(reference: WeakRef<DuckDBInstance>, failure: unknown): number | undefined {
  return /\binstance closed\b/.test(String(failure)) ? undefined : (engines.get(reference) ?? 0);
}
