import type { QueryEngine } from "@thoth/warehouse/query-engine";

export interface FoundColumn {
  readonly name: string;
  readonly type: string;
}

/** @param what a table, or a SELECT */
export async function describeColumns(engine: QueryEngine, what: string): Promise<FoundColumn[]> {
  const rows = await engine.query(`DESCRIBE ${what}`);
  return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
}

/** Equal values of these types are written alike, so it does not matter which of two equal ones is kept. */
export function isExact({ type }: FoundColumn): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL.*|VARCHAR|BOOLEAN|UUID|BLOB|DATE|TIME|TIMESTAMP.*|ENUM.*)$/.test(
    type,
  );
}
