import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Batch, Checkpoint, ReadContext, SeenColumn, Source, Stream } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { type HeldBack, holdBackMisfits } from "./hold-back.ts";
import { keepReplaced, measureReplaced } from "./landed-changes.ts";
import { markDeleted } from "./mark-deleted.ts";
import { prepareRawTable } from "./raw-table.ts";
import { noteColumns, type SourceDrift, seenInAll } from "./source-drift.ts";
import { openStreamStates, type StreamState, type StreamStates } from "./stream-state.ts";

export interface LandOptions extends Omit<ReadContext, "checkpoint"> {
  readonly runId: string;
  /** Epoch ms; lands in `_loaded_at`. */
  readonly now: number;
  /** Forget the checkpoint and what was loaded, and read everything again. */
  readonly full: boolean;
  /** Of the engine's file; read from it when absent. */
  readonly states?: StreamStates;
}

/** What one run of one stream did. Counts are rows; times epoch ms. */
export interface LandResult {
  readonly rowsRead: number;
  /** Rows that were not there before, whatever was written: a file that is read again counts by what is new in it. */
  readonly rowsInserted: number;
  /** Rows of a declared key whose values are others now, and rows whose mark as deleted was taken off. */
  readonly rowsUpdated: number;
  /** Rows that left, and rows that were marked as deleted. A full load drops all, and inserts all. */
  readonly rowsDeleted: number;
  readonly rowsRejected: number;
  readonly rowCountAfter: number;
  readonly bytesIn: number;
  /** Newest event time of the stream that is not in the future; null when it has no event time or no such row. */
  readonly watermark: number | null;
  readonly watermarkBefore: number | null;
  readonly checkpointBefore: Checkpoint | null;
  readonly checkpointAfter: Checkpoint | null;
  /** What is new about the columns of the source; absent when nothing was read or its connector does not see them. */
  readonly drift?: SourceDrift;
}

/**
 * Reads a stream from its checkpoint on into `raw.<stream>`. Each batch and the checkpoint behind it become
 * durable in one transaction, so a crash repeats a batch as a whole or not at all. A full load drops what is there
 * in the transaction of its first batch: while the source cannot be read, the old rows stay.
 */
export async function landStream(source: Source, stream: Stream, options: LandOptions): Promise<LandResult> {
  const states = options.states ?? (await openStreamStates(options.engine));
  const before = states.of(source.name, stream.name);
  const landing: Landing = {
    source,
    stream,
    options,
    states,
    tally: { read: 0, inserted: 0, updated: 0, rejected: 0, deleted: 0, bytes: 0 },
  };
  let seen: readonly SeenColumn[] | undefined;
  if (!options.full) await prepareRawTable(options.engine, stream, { drop: false });
  let restart = options.full;
  for await (const batch of stream.read({
    ...options,
    checkpoint: options.full ? undefined : before?.checkpoint,
    landsHere: true,
  })) {
    options.signal.throwIfAborted();
    await landBatch(batch, restart, landing).catch(async (failure) => Promise.reject(await located(batch, failure)));
    restart = false;
    if (batch.data.kind === "relation" && batch.data.seen !== undefined) seen = seenInAll(seen, batch.data.seen);
  }
  if (restart) await landNothing(landing);
  const landed = await describeLanding(before, landing);
  if (seen === undefined || seen.length === 0) return landed;
  const drift = await noteColumns(options.engine, { source: source.name, stream: stream.name, columns: seen });
  return { ...landed, drift };
}

interface Landing {
  readonly source: Source;
  readonly stream: Stream;
  readonly options: LandOptions;
  readonly states: StreamStates;
  readonly tally: Tally;
}

interface Tally {
  read: number;
  inserted: number;
  updated: number;
  rejected: number;
  deleted: number;
  bytes: number;
}

async function describeLanding(before: StreamState | undefined, landing: Landing): Promise<LandResult> {
  const { source, stream, options, states, tally } = landing;
  const after = states.of(source.name, stream.name);
  return {
    rowsRead: tally.read,
    rowsInserted: tally.inserted,
    rowsUpdated: tally.updated,
    rowsDeleted: tally.deleted,
    rowsRejected: tally.rejected,
    rowCountAfter: await countRows(options.engine, stream),
    bytesIn: tally.bytes,
    watermark: after?.watermark ?? null,
    watermarkBefore: before?.watermark ?? null,
    checkpointBefore: before?.checkpoint ?? null,
    checkpointAfter: after?.checkpoint ?? null,
  };
}

async function located({ data }: Batch, failure: unknown): Promise<unknown> {
  return data.kind === "relation" && data.locate !== undefined ? data.locate(failure) : failure;
}

const unmarked = { gone: 0, back: 0 };

async function landBatch(batch: Batch, restart: boolean, landing: Landing): Promise<void> {
  const { source, stream, options, states, tally } = landing;
  const { engine, runId, now } = options;
  await states.change({ source: source.name, stream: stream.name }, now, async () => {
    const replaces = restart ? "new" : batch.replaces;
    const kept = replaces === "new" ? 0 : await keepReplaced(engine, stream, replaces);
    const deleted = restart ? await startAgain(engine, stream) : await removeReplaced(engine, stream, batch);
    const held = await holdBackMisfits(engine, stream, { batch, runId, now, full: options.full });
    const inserted = await insertRows(engine, stream, batch, { runId, now });
    await requireAll(batch, inserted, { source, stream, engine, held });
    const { present } = batch;
    const marked = present === undefined ? unmarked : await markDeleted(engine, stream, { present, now });
    const added = { inserted, updated: 0, deleted };
    const changes = replaces === "new" || kept === 0 ? added : await measureReplaced(engine, stream, replaces);
    tally.inserted += changes.inserted;
    tally.updated += changes.updated + marked.back;
    tally.deleted += changes.deleted + marked.gone;
    tally.rejected += held?.rejected ?? 0;
    tally.read += inserted + (held?.rejected ?? 0);
    tally.bytes += batch.bytes;
    const changed = inserted + deleted + marked.gone + marked.back > 0;
    const known = states.of(source.name, stream.name);
    const isRewritten = known === undefined || restart || deleted + marked.back > 0;
    const watermark = await measureWatermark(engine, stream, now);
    return {
      checkpoint: batch.checkpoint,
      watermark,
      runId: known === undefined || changed ? runId : known.runId,
      rewrittenBy: isRewritten ? runId : known.rewrittenBy,
    };
  });
}

interface Arriving {
  readonly source: Source;
  readonly stream: Stream;
  readonly engine: WriteSide;
  readonly held: HeldBack | undefined;
}

/**
 * What a connector counted when the source gave it, and what the engine found, must be the same; rows that have landed
 * before count as found. Files that the engine reads itself have no count but the engine's.
 * @throws MeshError `ingest/counts-differ`, which undoes the batch
 */
export async function requireAll(
  { data }: Batch,
  inserted: number,
  { source, stream, engine, held }: Arriving,
): Promise<void> {
  if (held !== undefined && held.rows !== inserted + held.rejected) {
    const found = inserted + held.rejected;
    throw ingestError["counts-differ"]({ stream: stream.name, source: source.name, given: held.rows, found });
  }
  const handed = data.kind === "rows" ? { rows: data.rows.length } : data.handed;
  if (handed === undefined) return;
  const counted = "countSql" in handed && handed.countSql ? await engine.query(handed.countSql) : [];
  const found = counted[0] === undefined ? inserted : Number(counted[0].count);
  if (found === handed.rows) return;
  throw ingestError["counts-differ"]({ stream: stream.name, source: source.name, given: handed.rows, found });
}

/** A full load of a source that has nothing to give leaves an empty table. */
async function landNothing({ source, stream, options, states, tally }: Landing): Promise<void> {
  await states.change({ source: source.name, stream: stream.name }, options.now, async () => {
    tally.deleted += await startAgain(options.engine, stream);
    return undefined;
  });
}

/** @returns how many rows there were */
async function startAgain(engine: WriteSide, stream: Stream): Promise<number> {
  const [found] = await engine.query(
    "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'raw' AND table_name = $1",
    [stream.name],
  );
  const before = found === undefined ? 0 : await countRows(engine, stream);
  await prepareRawTable(engine, stream, { drop: true });
  return before;
}

async function removeReplaced(engine: WriteSide, stream: Stream, { replaces }: Batch): Promise<number> {
  const table = qualifiedName("raw", stream.name);
  if (replaces === "new") return 0;
  if (replaces === "all") return engine.run(`DELETE FROM ${table}`);
  return engine.run(`DELETE FROM ${table} WHERE _source IN (SELECT unnest($1::VARCHAR[]))`, [replaces.sources]);
}

/** Adds the rows of a batch to `raw.<stream>`. @returns how many */
export async function insertRows(
  engine: WriteSide,
  stream: Stream,
  { data }: Batch,
  stamp: { runId: string; now: number },
): Promise<number> {
  const columns = stream.columns.map((column) => quoteIdentifier(column.name)).join(", ");
  if (data.kind === "rows") {
    const loadedAt = new Date(stamp.now).toISOString();
    const rows = data.rows.map((row) => [...row, stamp.runId, loadedAt, data.source]);
    const stamped = [
      ...stream.columns,
      { name: "_run_id", type: "VARCHAR" },
      { name: "_loaded_at", type: "TIMESTAMP WITH TIME ZONE" },
      { name: "_source", type: "VARCHAR" },
    ];
    return engine.appendRows({ schema: "raw", table: stream.name }, stamped, rows);
  }
  const insert = `INSERT INTO ${qualifiedName("raw", stream.name)} (${columns}, _run_id, _loaded_at, _source)
SELECT ${columns}, $1::VARCHAR, make_timestamptz($2::BIGINT), _source FROM (${data.sql})`;
  try {
    return await engine.run(insert, [stamp.runId, BigInt(stamp.now) * 1000n]);
  } catch (failure) {
    throw data.explain(failure);
  }
}

/** An event in the future, from a clock that is wrong, must not pass for news of today for years to come. */
export async function measureWatermark(engine: WriteSide, stream: Stream, now: number): Promise<number | null> {
  if (stream.eventTime === undefined) return null;
  const at = `${quoteIdentifier(stream.eventTime)}::TIMESTAMP`;
  const [row] = await engine.query(
    `SELECT epoch_ms(max(${at}) FILTER (WHERE ${at} <= make_timestamp($1::BIGINT))) AS newest
FROM ${qualifiedName("raw", stream.name)}`,
    [BigInt(now) * 1000n],
  );
  return row?.newest == null ? null : Number(row.newest);
}

async function countRows(engine: WriteSide, stream: Stream): Promise<number> {
  const [row] = await engine.query(`SELECT count(*) AS count FROM ${qualifiedName("raw", stream.name)}`);
  return Number(row?.count ?? 0);
}
