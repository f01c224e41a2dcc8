import type { WriteSide } from "@thoth/warehouse/write-side";

export interface RowChanges {
  readonly inserted: number;
  readonly deleted: number;
  /** False when the columns differ, or their order; all rows then count as replaced. */
  readonly sameColumns: boolean;
}

/**
 * Counts, as multisets of whole rows, what is in `after` and not in `before` and the other way round. Cleaned tables
 * have no declared key, so a changed row counts once as deleted and once as inserted. Nulls are equal to each other and
 * the order of rows does not matter. Both names are qualified and quoted.
 */
export async function countRowChanges(engine: WriteSide, before: string, after: string): Promise<RowChanges> {
  const columns = await describe(engine, after);
  if (JSON.stringify(columns) !== JSON.stringify(await describe(engine, before)))
    return { inserted: await countRows(engine, after), deleted: await countRows(engine, before), sameColumns: false };
  const names = columns.map((_, index) => `c${index}`).join(", ");
  const [row] = await engine.query(`WITH both_tables AS (
  SELECT ${names}, 1 AS copies FROM ${after} AS entry(${names})
  UNION ALL SELECT ${names}, -1 FROM ${before} AS entry(${names})
), tally AS (
  SELECT sum(copies) AS difference FROM both_tables GROUP BY ${names}
)
SELECT coalesce(sum(difference) FILTER (WHERE difference > 0), 0) AS inserted,
  coalesce(-sum(difference) FILTER (WHERE difference < 0), 0) AS deleted
FROM tally`);
  return { inserted: Number(row?.inserted), deleted: Number(row?.deleted), sameColumns: true };
}

export async function countRows(engine: WriteSide, table: string): Promise<number> {
  const [row] = await engine.query(`SELECT count(*) AS count FROM ${table}`);
  return Number(row?.count);
}

async function describe(engine: WriteSide, table: string): Promise<(readonly [name: string, type: string])[]> {
  const rows = await engine.query(`DESCRIBE ${table}`);
  return rows.map((row) => [String(row.column_name), String(row.column_type)] as const);
}
