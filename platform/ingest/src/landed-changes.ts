import { countRowChanges, countRows } from "@thoth/warehouse/row-changes";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Batch, Stream } from "./connector.ts";

/** Rows that a load added, changed and took away, whatever it wrote to get there. */
export interface LandedChanges {
  readonly inserted: number;
  /** 0 where no declared key tells rows apart: a changed row then counts once as deleted and once as inserted. */
  readonly updated: number;
  readonly deleted: number;
}

const before = 'staging."rows before a load"';
const after = 'staging."rows after a load"';

/** Keeps the rows that a batch replaces, or all when a full load begins. @returns how many there are */
export async function keepReplaced(
  engine: WriteSide,
  stream: Stream,
  replaces: Exclude<Batch["replaces"], "new">,
): Promise<number> {
  const table = qualifiedName("raw", stream.name);
  if ((await countRows(engine, table)) === 0) return 0;
  const kept = `CREATE OR REPLACE TABLE ${before} AS SELECT ${columnsOf(stream)} FROM ${table}`;
  if (replaces === "all") await engine.run(kept);
  else await engine.run(`${kept} WHERE _source IN (SELECT unnest($1::VARCHAR[]))`, [replaces.sources]);
  return countRows(engine, before);
}

/** Compares what was kept with the rows that are in its place now, and keeps it no longer. */
export async function measureReplaced(
  engine: WriteSide,
  stream: Stream,
  replaces: Exclude<Batch["replaces"], "new">,
): Promise<LandedChanges> {
  const now = `CREATE OR REPLACE TABLE ${after} AS SELECT ${columnsOf(stream)} FROM ${qualifiedName("raw", stream.name)}`;
  if (replaces === "all") await engine.run(now);
  else await engine.run(`${now} WHERE _source IN (SELECT unnest($1::VARCHAR[]))`, [replaces.sources]);
  const keys = keyOf(stream);
  const isKey = keys.length > 0 && (await tellsApart(engine, before, keys)) && (await tellsApart(engine, after, keys));
  const { inserted, updated, deleted } = await countRowChanges(engine, before, after, isKey ? keys : []);
  for (const table of [before, after]) await engine.run(`DROP TABLE ${table}`);
  return { inserted, updated, deleted };
}

function columnsOf({ columns }: Stream): string {
  return columns.map(({ name }) => quoteIdentifier(name)).join(", ");
}

/** A key is declared as the source calls it. */
function keyOf({ key = [], columns }: Stream): string[] {
  const found = key.map((name) => columns.find((column) => column.from === name || column.name === name)?.name);
  return found.every((name) => name !== undefined) ? found : [];
}

/** What is declared as a key is one in a table that the source holds to it, and in no history of versions. */
async function tellsApart(engine: WriteSide, table: string, keys: readonly string[]): Promise<boolean> {
  const names = keys.map(quoteIdentifier).join(", ");
  const doubles = await engine.query(`SELECT 1 FROM ${table} GROUP BY ${names} HAVING count(*) > 1 LIMIT 1`);
  return doubles.length === 0;
}
