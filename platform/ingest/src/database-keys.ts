import { rm } from "node:fs/promises";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { Batch, Checkpoint } from "./connector.ts";
import { type BoundCursor, positionFirst } from "./database-cursor.ts";
import type { Reading } from "./database-source.ts";
import { withoutMark } from "./mark-deleted.ts";
import { stage } from "./staged-portion.ts";
import { castStaged, type StagedRows, stagedRelation, stagedTexts } from "./staged-rows.ts";

const all = Number.POSITIVE_INFINITY;
/** Rows that are asked for by their keys at once. */
const keysAtOnce = 5000;

/**
 * The keys of all rows, compared when the batch lands; before it, rows that the source holds and that have not landed,
 * which were committed longer after the times they hold than the overlap reaches back.
 */
export async function* readKeys(
  reading: Reading,
  bound: BoundCursor,
  checkpoint: Checkpoint,
): AsyncGenerator<Batch, void, void> {
  const { name, table, reader, staging, context, maxRejectedShare } = reading;
  const { key } = bound;
  const portion = { file: staging.nextFile(), rows: all, bytes: all };
  const blocks = reader.blocks(table, { columns: [key] }, { blockRows: all });
  const { bytes, rows: written } = await stage(blocks, portion);
  const files = { files: [portion.file], columns: [key], place: table.place, written, maxRejectedShare };
  // A row that was held back has not landed either, and would be held back again.
  if (context.landsHere === true && maxRejectedShare === undefined)
    yield* readMissing(reading, bound, { checkpoint, missing: await missingKeys(reading, bound, files) });
  // A key that does not fit is the key of no row that has landed.
  const { misfits: _, ...keys } = stagedRelation(files);
  const data = { ...keys, handed: { rows: 0 }, sql: `SELECT * FROM ${qualifiedName("raw", name)} LIMIT 0` };
  yield { data, replaces: "new", bytes, checkpoint, present: { column: key.name, keys } };
}

/** @returns as the server wrote them */
async function missingKeys({ name, context }: Reading, { key }: BoundCursor, files: StagedRows): Promise<string[]> {
  const column = quoteIdentifier(key.name);
  const rows = await context.engine.query(
    `SELECT held.text FROM (SELECT ${column} AS text, ${castStaged(key)} AS value FROM (${stagedTexts(files)})) AS held
WHERE held.value IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${qualifiedName("raw", name)} AS landed WHERE landed.${column} = held.value)`,
  );
  return rows.map(({ text }) => String(text));
}

interface Missing {
  readonly checkpoint: Checkpoint;
  readonly missing: readonly string[];
}

async function* readMissing(
  reading: Reading,
  bound: BoundCursor,
  { checkpoint, missing }: Missing,
): AsyncGenerator<Batch, void, void> {
  const { table, reader, staging, declared } = reading;
  const columns = positionFirst(declared, bound);
  for (let first = 0; first < missing.length; first += keysAtOnce) {
    const where = reader.among(bound, missing.slice(first, first + keysAtOnce));
    const file = staging.nextFile();
    const blocks = reader.blocks(table, { columns, where }, { blockRows: keysAtOnce });
    const { rows: written, bytes, broken } = await stage(blocks, { file, rows: all, bytes: all });
    const data = withoutMark(stagedRelation({ files: [file], columns, place: table.place, written, broken }));
    yield { data, replaces: "new", bytes, checkpoint };
    await rm(file, { force: true });
  }
}
