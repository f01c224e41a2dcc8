import { countRows } from "@thoth/warehouse/row-changes";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { CleanContext } from "./bring-up-to-date.ts";
import { readBy, selectChanges } from "./change-log.ts";
import type { Maintained } from "./clean-shape.ts";
import { changedRows } from "./edit-select.ts";
import type { JoinedTable } from "./joined-tables.ts";
import { beginReading, findCleanChanges, followedByLog } from "./read-changes.ts";

/** A joined table some of whose rows are not what they were. */
export interface ChangedTable {
  /** Place among the joins. */
  readonly index: number;
  /** Told by a copy, which is to be refreshed. */
  readonly isCopied: boolean;
  /** `clean.units` */
  readonly name: string;
  /** How many are there that were not, or were there and are not, whichever is more: a changed row counts once. */
  readonly rows: number;
}

const versions = "mesh.joined_versions";

/**
 * Finds what has changed in joined tables since they were copied, by comparing whole rows: nothing else tells what a row
 * was before it was replaced, unless its changes are kept. Leaves {@link changedRows} behind until {@link dropChanged}.
 * Inside a transaction.
 * @returns why that is not known, when it is not
 */
export async function findChanged(
  table: string,
  shape: Maintained,
  context: CleanContext,
): Promise<readonly ChangedTable[] | string> {
  const { engine } = context;
  const known = await readVersions(engine, table);
  const logged = await readBy(engine, table);
  const changed: ChangedTable[] = [];
  for (const [index, each] of shape.joined.entries()) {
    const copied = known.get(index);
    const isCopied = copied !== undefined;
    if (!isCopied && !(each.schema === "clean" && logged.has(each.table))) return whyUnknown(shape, each, context);
    const sides = isCopied
      ? compareWithCopy(each, { table, index, version: copied.version }, context)
      : await readLog(table, each, context);
    if (typeof sides === "string") return sides;
    if (sides === undefined) continue;
    const rows = await keepChanged(engine, index, sides);
    changed.push({ index, isCopied, name: `${each.schema}.${each.table}`, rows });
  }
  return changed;
}

/** SELECTs of what is there and of what was; rows that are in both count as neither. */
interface Sides {
  readonly after: string;
  readonly before: string;
}

interface Copied {
  readonly table: string;
  readonly index: number;
  readonly version: string | null;
}

function compareWithCopy(
  each: JoinedTable,
  { table, index, version: copied }: Copied,
  context: CleanContext,
): Sides | undefined {
  const version = versionOf(each, context);
  if (version !== null && version === copied) return undefined;
  return { after: select(each, nameOf(each)), before: select(each, copyOf(table, index)) };
}

async function readLog(table: string, each: JoinedTable, context: CleanContext): Promise<Sides | string | undefined> {
  const unread = await findCleanChanges(table, each.table, context);
  if (unread === undefined) return fullyComputed(each);
  if (unread.rows === 0) return undefined;
  const columns = columnsOf(each);
  const sideOf = (came: boolean) => selectChanges(each.table, columns, unread, came);
  return { after: sideOf(true), before: sideOf(false) };
}

function fullyComputed({ schema, table }: JoinedTable): string {
  return `${schema}.${table} was itself computed in full`;
}

async function whyUnknown(shape: Maintained, each: JoinedTable, context: CleanContext): Promise<string> {
  const isLogged = (await followedByLog(shape, context)).has(shape.joined.indexOf(each));
  return isLogged ? fullyComputed(each) : `the tables that it joins have more rows than ${shape.layer}.${shape.source}`;
}

async function keepChanged(engine: WriteSide, index: number, { after, before }: Sides): Promise<number> {
  await engine.run(`CREATE TEMP TABLE ${quoteIdentifier(changedRows(index))} AS
SELECT *, true AS "is there" FROM (${after} EXCEPT ALL ${before}) UNION ALL SELECT *, false FROM (${before} EXCEPT ALL ${after})`);
  const [row] =
    await engine.query(`SELECT greatest(count(*) FILTER ("is there"), count(*) FILTER (NOT "is there")) AS rows
FROM temp.main.${quoteIdentifier(changedRows(index))}`);
  return Number(row?.rows);
}

export async function dropChanged(engine: WriteSide, changed: readonly ChangedTable[]): Promise<void> {
  for (const { index } of changed) await engine.run(`DROP TABLE temp.main.${quoteIdentifier(changedRows(index))}`);
}

/** Copies what the query sees of the joined tables, as it is now. Inside the transaction that computed the rows. */
export async function copyJoined(
  table: string,
  joined: readonly JoinedTable[],
  context: CleanContext,
  only: readonly number[],
): Promise<void> {
  const { engine } = context;
  await createVersions(engine);
  for (const index of only) {
    const each = joined[index] as JoinedTable;
    await engine.run(`CREATE OR REPLACE TABLE ${copyOf(table, index)} AS ${select(each, nameOf(each))}`);
    const values = [table, index, versionOf(each, context)];
    await engine.run(`INSERT OR REPLACE INTO ${versions} VALUES ($1, $2::INTEGER, $3)`, values);
  }
}

export async function forgetCopies(engine: WriteSide, table: string): Promise<void> {
  for (const index of (await readVersions(engine, table)).keys())
    await engine.run(`DROP TABLE IF EXISTS ${copyOf(table, index)}`);
  await engine.run(`DELETE FROM ${versions} WHERE name = $1`, [table]);
}

/**
 * From now on what becomes of the tables that the query reads can be told, unless they are too large: of cleaned ones the
 * changes are kept, of joined ones that are the smaller part there is a copy. Inside the transaction that computed the rows.
 */
export async function followTables(table: string, shape: Maintained, context: CleanContext): Promise<void> {
  const { layer, source, joined } = shape;
  if (layer === "clean") await beginReading(table, [source], context);
  const logged = await followedByLog(shape, context);
  const copied = [...joined.keys()].filter((index) => !logged.has(index));
  if (!(await isSmall(shape, copied, context))) return;
  await copyJoined(table, joined, context, copied);
  const names = joined.filter((_, index) => logged.has(index)).map((each) => each.table);
  await beginReading(table, names, context);
}

/** A copy takes room and time, so what is copied must be the smaller part. */
async function isSmall(
  { joined, layer, source }: Maintained,
  copied: readonly number[],
  { engine }: CleanContext,
): Promise<boolean> {
  let rows = 0;
  for (const index of copied) rows += await countRows(engine, nameOf(joined[index] as JoinedTable));
  return rows <= (await countRows(engine, qualifiedName(layer, source)));
}

async function readVersions(engine: WriteSide, table: string) {
  await createVersions(engine);
  const rows = await engine.query(`SELECT place, version FROM ${versions} WHERE name = $1`, [table]);
  return new Map(
    rows.map(({ place, version }) => [Number(place), { version: version === null ? null : String(version) }]),
  );
}

async function createVersions(engine: WriteSide): Promise<void> {
  await engine.run(`CREATE TABLE IF NOT EXISTS ${versions} (
  name VARCHAR, place INTEGER, version VARCHAR, PRIMARY KEY (name, place))`);
}

/** Equal versions mean equal rows; null where none is known. */
function versionOf({ schema, table }: JoinedTable, { domain, streams, tables }: CleanContext): string | null {
  if (schema === "clean") return tables.of("clean", table)?.version ?? null;
  const source = domain.sources.find((candidate) => candidate.streams.some(({ name }) => name.toLowerCase() === table));
  const stream = source?.streams.find(({ name }) => name.toLowerCase() === table);
  return source === undefined || stream === undefined ? null : (streams.of(source.name, stream.name)?.runId ?? null);
}

function nameOf({ schema, table }: JoinedTable): string {
  return qualifiedName(schema, table);
}

function copyOf(table: string, index: number): string {
  return qualifiedName("mesh", `joined ${table} ${index}`);
}

function select(each: JoinedTable, from: string): string {
  return `SELECT ${columnsOf(each)} FROM ${from}`;
}

function columnsOf({ columns }: JoinedTable): string {
  return columns.map(({ name }) => quoteIdentifier(name)).join(", ");
}
