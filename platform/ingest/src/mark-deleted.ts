import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { PresentKeys, RelationData, Stream, StreamColumn } from "./connector.ts";

/** When a run first missed the row's key at the source; null while the source holds it. */
export const deletedAt: StreamColumn = { name: "_deleted_at", type: "TIMESTAMP WITH TIME ZONE" };

/** Rows as they arrive, which are at the source. */
export function withoutMark(data: RelationData): RelationData {
  return { ...data, sql: `SELECT *, NULL::${deletedAt.type} AS ${deletedAt.name} FROM (${data.sql})` };
}

export interface Marked {
  /** Rows that were marked. */
  readonly gone: number;
  /** Rows whose mark was taken off, because their key is there again. */
  readonly back: number;
}

/**
 * Compares the keys of `raw.<stream>` with those of the source, inside the engine. Marks of a later run are later even
 * when the clock has gone back, so that they can be told from those that have been seen.
 */
export async function markDeleted(
  engine: WriteSide,
  { name }: Stream,
  { present, now }: { readonly present: PresentKeys; readonly now: number },
): Promise<Marked> {
  const table = qualifiedName("raw", name);
  const [key, mark] = [quoteIdentifier(present.column), quoteIdentifier(deletedAt.name)];
  const held = `EXISTS (SELECT 1 FROM (${present.keys.sql}) AS held WHERE held.${key} = ${table}.${key})`;
  try {
    const [marked] = await engine.query(`SELECT 1 FROM ${table} WHERE ${mark} IS NOT NULL LIMIT 1`);
    const back =
      marked === undefined
        ? 0
        : await engine.run(`UPDATE ${table} SET ${mark} = NULL WHERE ${mark} IS NOT NULL AND ${held}`);
    const gone = await engine.run(
      `UPDATE ${table} SET ${mark} = greatest(make_timestamptz($1::BIGINT), (SELECT max(${mark}) FROM ${table}) + INTERVAL 1 MICROSECOND)
WHERE ${mark} IS NULL AND NOT ${held}`,
      [BigInt(now) * 1000n],
    );
    return { gone, back };
  } catch (failure) {
    throw present.keys.explain(failure);
  }
}
