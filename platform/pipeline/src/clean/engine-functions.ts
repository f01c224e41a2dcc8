import type { QueryEngine } from "@thoth/warehouse/query-engine";

/** `steady`: the same arguments always give the same value. */
export type FunctionNature = "aggregate" | "steady" | "unsteady";

/** Looking them up takes longer than most tables of a domain take to compute, and they stay while the engine is open. */
const known = new WeakMap<QueryEngine, Promise<ReadonlyMap<string, FunctionNature>>>();

/** What the engine itself says of its functions, by name; of those with several forms the least steady counts. */
export function functionsOf(engine: QueryEngine): Promise<ReadonlyMap<string, FunctionNature>> {
  const found = known.get(engine) ?? readFunctions(engine);
  known.set(engine, found);
  found.catch(() => known.delete(engine));
  return found;
}

async function readFunctions(engine: QueryEngine): Promise<ReadonlyMap<string, FunctionNature>> {
  const rows = await engine.query(`SELECT function_name AS name, bool_or(function_type = 'aggregate') AS aggregates,
  bool_and(function_type IN ('aggregate', 'macro') OR coalesce(stability, '') = 'CONSISTENT') AS steady
FROM duckdb_functions() GROUP BY function_name`);
  return new Map(
    rows.map(({ name, aggregates, steady }) => [
      String(name),
      steady !== true ? "unsteady" : aggregates === true ? "aggregate" : "steady",
    ]),
  );
}
