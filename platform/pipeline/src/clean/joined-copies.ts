import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import { countRows } from "../row-changes.ts";
import type { CleanContext } from "./bring-up-to-date.ts";
import type { Maintained } from "./clean-shape.ts";
import { changedRows } from "./edit-select.ts";
import type { JoinedTable } from "./joined-tables.ts";

/** A joined table some of whose rows are not what they were. */
export interface ChangedTable {
  /** Place among the joins. */
  readonly index: number;
  /** `clean.units` */
  readonly name: string;
  /** How many are there that were not, or were there and are not, whichever is more: a changed row counts once. */
  readonly rows: number;
}

const versions = "mesh.joined_versions";

/**
 * Finds what has changed in joined tables since they were copied, by comparing whole rows: nothing else tells what a row
 * was before it was replaced. Leaves {@link changedRows} behind until {@link dropChanged}. Inside a transaction.
 * @returns undefined when there is no copy of one of them
 */
export async function findChanged(
  table: string,
  { joined }: Maintained,
  context: CleanContext,
): Promise<readonly ChangedTable[] | undefined> {
  const { engine } = context;
  const known = await readVersions(engine, table);
  const changed: ChangedTable[] = [];
  for (const [index, each] of joined.entries()) {
    const copied = known.get(index);
    if (copied === undefined) return undefined;
    const version = versionOf(each, context);
    if (version !== null && version === copied.version) continue;
    const [now, then] = [select(each, nameOf(each)), select(each, copyOf(table, index))];
    await engine.run(`CREATE TEMP TABLE ${quoteIdentifier(changedRows(index))} AS
SELECT *, true AS "is there" FROM (${now} EXCEPT ALL ${then}) UNION ALL SELECT *, false FROM (${then} EXCEPT ALL ${now})`);
    const [row] =
      await engine.query(`SELECT greatest(count(*) FILTER ("is there"), count(*) FILTER (NOT "is there")) AS rows
FROM temp.main.${quoteIdentifier(changedRows(index))}`);
    changed.push({ index, name: `${each.schema}.${each.table}`, rows: Number(row?.rows) });
  }
  return changed;
}

export async function dropChanged(engine: WriteSide, changed: readonly ChangedTable[]): Promise<void> {
  for (const { index } of changed) await engine.run(`DROP TABLE temp.main.${quoteIdentifier(changedRows(index))}`);
}

/** Copies what the query sees of the joined tables, as it is now. Inside the transaction that computed the rows. */
export async function copyJoined(
  table: string,
  joined: readonly JoinedTable[],
  context: CleanContext,
  only: readonly number[] = [...joined.keys()],
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

/** A copy takes room and time, so what is joined must be the smaller part. */
export async function isSmall(engine: WriteSide, { joined, source }: Maintained): Promise<boolean> {
  let rows = 0;
  for (const each of joined) rows += await countRows(engine, nameOf(each));
  return rows <= (await countRows(engine, qualifiedName("raw", source)));
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

function select({ columns }: JoinedTable, from: string): string {
  return `SELECT ${columns.map(({ name }) => quoteIdentifier(name)).join(", ")} FROM ${from}`;
}
