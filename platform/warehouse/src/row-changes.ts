import { quoteIdentifier } from "./sql-text.ts";
import type { WriteSide } from "./write-side.ts";

export interface RowChanges {
  readonly inserted: number;
  /** 0 without keys: a changed row then counts once as deleted and once as inserted. */
  readonly updated: number;
  readonly deleted: number;
  /** False when the columns differ, or their order; all rows then count as replaced. */
  readonly sameColumns: boolean;
}

/**
 * Counts what is in `after` and not in `before` and the other way round: by key where there is one, else as multisets of
 * whole rows. Nulls are equal to each other and the order of rows does not matter. Both names are qualified and quoted.
 * @param keys columns whose values together are in no two rows of a table; none when that is not known
 */
export async function countRowChanges(
  engine: WriteSide,
  before: string,
  after: string,
  keys: readonly string[] = [],
): Promise<RowChanges> {
  const columns = await describeTable(engine, after);
  if (JSON.stringify(columns) !== JSON.stringify(await describeTable(engine, before))) {
    const [inserted, deleted] = [await countRows(engine, after), await countRows(engine, before)];
    return { inserted, updated: 0, deleted, sameColumns: false };
  }
  const names = columns.map((_, index) => `c${index}`);
  const counted = keys.length > 0 ? byKey(before, after, keys) : asMultisets(before, after, names.join(", "));
  const [row] = await engine.query(counted);
  const { inserted, updated, deleted } = row ?? {};
  return { inserted: Number(inserted), updated: Number(updated), deleted: Number(deleted), sameColumns: true };
}

function asMultisets(before: string, after: string, names: string): string {
  return `WITH both_tables AS (
  SELECT ${names}, 1 AS copies FROM ${after} AS entry(${names})
  UNION ALL SELECT ${names}, -1 FROM ${before} AS entry(${names})
), tally AS (
  SELECT sum(copies) AS difference FROM both_tables GROUP BY ${names}
)
SELECT coalesce(sum(difference) FILTER (WHERE difference > 0), 0) AS inserted, 0 AS updated,
  coalesce(-sum(difference) FILTER (WHERE difference < 0), 0) AS deleted
FROM tally`;
}

function byKey(before: string, after: string, keys: readonly string[]): string {
  const side = (table: string) => {
    const named = keys.map((column, index) => `"one row".${quoteIdentifier(column)} AS key${index}`);
    return `(SELECT ${named.join(", ")}, true AS found, "one row" AS content FROM ${table} AS "one row")`;
  };
  const same = keys.map((_, index) => `new.key${index} IS NOT DISTINCT FROM old.key${index}`);
  return `SELECT count(*) FILTER (WHERE old.found IS NULL) AS inserted,
  count(*) FILTER (WHERE new.found AND old.found AND new.content IS DISTINCT FROM old.content) AS updated,
  count(*) FILTER (WHERE new.found IS NULL) AS deleted
FROM ${side(after)} AS new FULL JOIN ${side(before)} AS old ON ${same.join(" AND ")}`;
}

export type TableColumn = readonly [name: string, type: string];

export async function countRows(engine: WriteSide, table: string): Promise<number> {
  const [row] = await engine.query(`SELECT count(*) AS count FROM ${table}`);
  return Number(row?.count);
}

/** Columns in their order. */
export async function describeTable(engine: WriteSide, table: string): Promise<TableColumn[]> {
  const rows = await engine.query(`DESCRIBE ${table}`);
  return rows.map((row) => [String(row.column_name), String(row.column_type)] as const);
}
