import { countRows } from "@thoth/warehouse/row-changes";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";

/**
 * What became of a cleaned table's rows, for the cleaned tables that are driven by it: beside each row that came or went the
 * change that it belongs to. Kept as long as somebody reads it, in the transaction that changes the table.
 */
export function changeLog(table: string): { readonly schema: "mesh"; readonly name: string } {
  return { schema: "mesh", name: `changes of ${table}` };
}

export const changeColumn = "in change";

/** From one version of a table to the next. */
const versions = "mesh.clean_changes";
/** Up to which version a cleaned table has read what became of others. */
const readers = "mesh.change_readers";

/** From now on what becomes of the table is kept for the reader, which has read it as it is. Inside the reader's transaction. */
export async function readFrom(
  engine: WriteSide,
  reader: string,
  { table, version }: { readonly table: string; readonly version: string },
): Promise<void> {
  await createRecords(engine);
  await engine.run(`CREATE TABLE IF NOT EXISTS ${logOf(table)} AS
SELECT *, true AS "is there", 0::BIGINT AS "${changeColumn}" FROM ${qualifiedName("clean", table)} LIMIT 0`);
  await engine.run(`INSERT OR REPLACE INTO ${readers} VALUES ($1, $2, $3)`, [reader, table, version]);
}

/** The tables that a reader reads. */
export async function readBy(engine: WriteSide, reader: string): Promise<ReadonlySet<string>> {
  await createRecords(engine);
  const rows = await engine.query(`SELECT name FROM ${readers} WHERE reader = $1`, [reader]);
  return new Set(rows.map(({ name }) => String(name)));
}

export async function stopReading(engine: WriteSide, reader: string): Promise<void> {
  await createRecords(engine);
  await engine.run(`DELETE FROM ${readers} WHERE reader = $1`, [reader]);
}

/** What a reader has not seen yet. */
export interface Unread {
  /** The first change that it has not. */
  readonly first: number;
  /** How many rows came or went, whichever is more: a changed row counts once. */
  readonly rows: number;
}

/** @returns undefined where that is not on record */
export async function findUnread(
  engine: WriteSide,
  reader: string,
  { table, version }: { readonly table: string; readonly version: string | undefined },
): Promise<Unread | undefined> {
  await createRecords(engine);
  const [read] = await engine.query(`SELECT version FROM ${readers} WHERE reader = $1 AND name = $2`, [reader, table]);
  if (read === undefined || version === undefined) return undefined;
  const [last] = await engine.query(
    `SELECT place, after FROM ${versions} WHERE name = $1 ORDER BY place DESC LIMIT 1`,
    [table],
  );
  if (read.version === version) return { first: Number(last?.place ?? 0) + 1, rows: 0 };
  const [next] = await engine.query(`SELECT place FROM ${versions} WHERE name = $1 AND "before" = $2`, [
    table,
    read.version as string,
  ]);
  if (next === undefined || last?.after !== version) return undefined;
  const [row] = await engine.query(
    `SELECT greatest(count(*) FILTER ("is there"), count(*) FILTER (NOT "is there")) AS rows
FROM ${logOf(table)} WHERE "${changeColumn}" >= $1`,
    [Number(next.place)],
  );
  return { first: Number(next.place), rows: Number(row?.rows) };
}

/** SELECT of some columns of the rows that came, or went, from a change on, as often as they did. */
export function selectChanges(table: string, columns: string, { first }: Unread, came: boolean): string {
  return `SELECT ${columns} FROM ${logOf(table)} WHERE "${changeColumn}" >= ${first} AND ${came ? "" : "NOT "}"is there"`;
}

/** A table that somebody reads, before its rows change. */
export interface Watched {
  readonly table: string;
  readonly version: string;
  /** Highest row id; the rows that come have higher ones. */
  readonly lastRow: number;
}

/** @returns undefined when nobody reads what becomes of it */
export async function watch(engine: WriteSide, table: string, version: string): Promise<Watched | undefined> {
  await createRecords(engine);
  const found = await engine.query(`SELECT version FROM ${readers} WHERE name = $1`, [table]);
  if (found.length === 0) return undefined;
  if (found.every((reader) => reader.version === version)) {
    await engine.run(`DELETE FROM ${logOf(table)}`);
    await engine.run(`DELETE FROM ${versions} WHERE name = $1`, [table]);
  }
  const [row] = await engine.query(`SELECT coalesce(max(rowid), -1) AS last FROM ${qualifiedName("clean", table)}`);
  return { table, version, lastRow: Number(row?.last) };
}

/**
 * Puts on record what has come and gone since.
 * @param old table of the rows that may have gone, with their `position` and `content`; undefined where none go
 */
export async function noteChanges(
  engine: WriteSide,
  { table, version: before, lastRow }: Watched,
  { after, old }: { readonly after: string; readonly old: string | undefined },
): Promise<void> {
  const clean = qualifiedName("clean", table);
  const came = `SELECT * FROM ${clean} WHERE rowid > ${lastRow}`;
  const went = `SELECT unnest(old.content) FROM ${old} AS old ANTI JOIN ${clean} AS kept ON kept.rowid = old.position`;
  await note(engine, table, { before, after, came, ...(old !== undefined && { went }) });
}

/** The same of a table that is about to be replaced by another one with the same columns. @param next qualified and quoted */
export async function noteReplaced(
  engine: WriteSide,
  { table, version: before }: Watched,
  { after, next }: { readonly after: string; readonly next: string },
): Promise<void> {
  const clean = qualifiedName("clean", table);
  const [came, went] = [`FROM ${next} EXCEPT ALL FROM ${clean}`, `FROM ${clean} EXCEPT ALL FROM ${next}`];
  await note(engine, table, { before, after, came, went });
}

interface Change {
  /** Versions of the table. */
  readonly before: string;
  readonly after: string;
  /** SELECTs of rows. */
  readonly came: string;
  readonly went?: string;
}

/** More than twice the table is not worth it: its readers compute in full. */
async function note(engine: WriteSide, table: string, { before, after, came, went }: Change): Promise<void> {
  const log = logOf(table);
  const [row] = await engine.query(`SELECT coalesce(max(place), 0) + 1 AS place FROM ${versions} WHERE name = $1`, [
    table,
  ]);
  const place = Number(row?.place);
  await engine.run(`INSERT INTO ${log} SELECT *, true, ${place} FROM (${came})`);
  if (went !== undefined) await engine.run(`INSERT INTO ${log} SELECT *, false, ${place} FROM (${went})`);
  await engine.run(`INSERT INTO ${versions} VALUES ($1, $2::BIGINT, $3, $4)`, [table, place, before, after]);
  const rows = await countRows(engine, qualifiedName("clean", table));
  if ((await countRows(engine, log)) > 2 * rows) await forgetChanges(engine, table);
}

/** For a table that was made anew, nobody knows how: whoever reads it reads all of it. */
export async function forgetChanges(engine: WriteSide, table: string): Promise<void> {
  await createRecords(engine);
  await engine.run(`DROP TABLE IF EXISTS ${logOf(table)}`);
  for (const record of [versions, readers]) await engine.run(`DELETE FROM ${record} WHERE name = $1`, [table]);
}

async function createRecords(engine: WriteSide): Promise<void> {
  await engine.run(`CREATE TABLE IF NOT EXISTS ${versions} (
  name VARCHAR, place BIGINT, "before" VARCHAR, after VARCHAR, PRIMARY KEY (name, place))`);
  await engine.run(`CREATE TABLE IF NOT EXISTS ${readers} (
  reader VARCHAR, name VARCHAR, version VARCHAR, PRIMARY KEY (reader, name))`);
}

function logOf(table: string): string {
  const { schema, name } = changeLog(table);
  return qualifiedName(schema, name);
}
