import type { QueryEngine } from "@thoth/warehouse/query-engine";
import type { SeenColumn } from "./connector.ts";

/** What has changed about the columns of a source since they were last seen, whether they are declared or not. */
export interface SourceDrift {
  readonly added: readonly SeenColumn[];
  readonly gone: readonly SeenColumn[];
  readonly changed: readonly { readonly name: string; readonly before: string; readonly after: string }[];
}

export interface SeenStream {
  readonly source: string;
  readonly stream: string;
  readonly columns: readonly SeenColumn[];
}

/** Remembers which columns a source has, and says what is different from the last time. Nothing is, the first time. */
export async function noteColumns(engine: QueryEngine, { source, stream, columns }: SeenStream): Promise<SourceDrift> {
  await engine.query(`CREATE TABLE IF NOT EXISTS mesh.source_columns (
  source VARCHAR, stream VARCHAR, columns JSON, PRIMARY KEY (source, stream))`);
  const [known] = await engine.query(
    "SELECT columns::VARCHAR AS columns FROM mesh.source_columns WHERE source = $1 AND stream = $2",
    [source, stream],
  );
  const before = known === undefined ? columns : (JSON.parse(String(known.columns)) as SeenColumn[]);
  const drift = compareColumns(before, columns);
  if (known === undefined || drift.added.length + drift.gone.length + drift.changed.length > 0) {
    const kept = seenInAll(before, columns).map(({ where: _, ...column }) => column);
    const values = [source, stream, JSON.stringify(kept)];
    await engine.query("INSERT OR REPLACE INTO mesh.source_columns VALUES ($1, $2, $3::VARCHAR::JSON)", values);
  }
  return drift;
}

/** What has been seen, and what rows may have that has been seen before. */
export function seenInAll(before: readonly SeenColumn[] | undefined, after: readonly SeenColumn[]): SeenColumn[] {
  const earlier = new Map(before?.filter(({ sometimes }) => sometimes).map((column) => [column.name, column]));
  const now = after.map((column) => (column.sometimes ? { ...column, ...earlier.get(column.name) } : column));
  for (const { name } of after) earlier.delete(name);
  return [...earlier.values(), ...now];
}

export function compareColumns(before: readonly SeenColumn[], after: readonly SeenColumn[]): SourceDrift {
  const missing = (from: readonly SeenColumn[], there: readonly SeenColumn[]) =>
    from.filter(({ name }) => !there.some((column) => column.name === name));
  const changed = after.flatMap(({ name, type }) => {
    const { type: old, sometimes } = before.find((column) => column.name === name) ?? {};
    return sometimes || old === undefined || type === undefined || old === type
      ? []
      : [{ name, before: old, after: type }];
  });
  return { added: missing(after, before), gone: missing(before, after).filter(({ sometimes }) => !sometimes), changed };
}
