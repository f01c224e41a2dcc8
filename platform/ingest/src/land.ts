import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Batch, Checkpoint, ReadContext, Source, Stream } from "./connector.ts";
import { prepareRawTable } from "./raw-table.ts";
import { readStreamState, type StreamState, writeStreamState } from "./stream-state.ts";

export interface LandOptions extends Omit<ReadContext, "checkpoint"> {
  readonly runId: string;
  /** Epoch ms; lands in `_loaded_at`. */
  readonly now: number;
  /** Forget the checkpoint and what was loaded, and read everything again. */
  readonly full: boolean;
}

/** What one run of one stream did. Counts are rows; times epoch ms. */
export interface LandResult {
  readonly rowsRead: number;
  readonly rowsInserted: number;
  readonly rowsDeleted: number;
  readonly rowsRejected: number;
  readonly rowCountAfter: number;
  readonly bytesIn: number;
  /** Newest event time of the stream; null when it has no event time or no row. */
  readonly watermark: number | null;
  readonly watermarkBefore: number | null;
  readonly checkpointBefore: Checkpoint | null;
  readonly checkpointAfter: Checkpoint | null;
}

interface Tally {
  inserted: number;
  deleted: number;
  bytes: number;
}

/**
 * Reads a stream from its checkpoint on into `raw.<stream>`. Each batch and the checkpoint behind it become
 * durable in one transaction, so a crash repeats a batch as a whole or not at all.
 */
export async function landStream(source: Source, stream: Stream, options: LandOptions): Promise<LandResult> {
  const { engine } = options;
  const before = await readStreamState(engine, source.name, stream.name);
  const checkpoint = options.full ? undefined : before?.checkpoint;
  await prepareRawTable(engine, stream, { drop: options.full && before !== undefined });
  const tally: Tally = { inserted: 0, deleted: 0, bytes: 0 };
  let state = options.full ? undefined : before;
  for await (const batch of stream.read({ ...options, checkpoint })) {
    options.signal.throwIfAborted();
    state = await landBatch(batch, { source, stream, options, tally });
  }
  return {
    rowsRead: tally.inserted,
    rowsInserted: tally.inserted,
    rowsDeleted: tally.deleted,
    rowsRejected: 0,
    rowCountAfter: await countRows(engine, stream),
    bytesIn: tally.bytes,
    watermark: state?.watermark ?? null,
    watermarkBefore: before?.watermark ?? null,
    checkpointBefore: before?.checkpoint ?? null,
    checkpointAfter: state?.checkpoint ?? null,
  };
}

interface Landing {
  readonly source: Source;
  readonly stream: Stream;
  readonly options: LandOptions;
  readonly tally: Tally;
}

async function landBatch(batch: Batch, { source, stream, options, tally }: Landing): Promise<StreamState> {
  const { engine, runId, now } = options;
  return engine.transaction(async () => {
    tally.deleted += await removeReplaced(engine, stream, batch);
    tally.inserted += await insertRows(engine, stream, batch, { runId, now });
    tally.bytes += batch.bytes;
    const watermark = await measureWatermark(engine, stream);
    const state = { checkpoint: batch.checkpoint, watermark, runId };
    await writeStreamState(engine, source.name, stream.name, state, now);
    return state;
  });
}

async function removeReplaced(engine: WriteSide, stream: Stream, { replaces }: Batch): Promise<number> {
  const table = qualifiedName("raw", stream.name);
  if (replaces === "new") return 0;
  if (replaces === "all") return engine.run(`DELETE FROM ${table}`);
  return engine.run(`DELETE FROM ${table} WHERE _source IN (SELECT unnest($1::VARCHAR[]))`, [replaces.sources]);
}

async function insertRows(
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

async function measureWatermark(engine: WriteSide, stream: Stream): Promise<number | null> {
  if (stream.eventTime === undefined) return null;
  const newest = `epoch_ms(max(${quoteIdentifier(stream.eventTime)})::TIMESTAMP)`;
  const [row] = await engine.query(`SELECT ${newest} AS newest FROM ${qualifiedName("raw", stream.name)}`);
  return row?.newest == null ? null : Number(row.newest);
}

async function countRows(engine: WriteSide, stream: Stream): Promise<number> {
  const [row] = await engine.query(`SELECT count(*) AS count FROM ${qualifiedName("raw", stream.name)}`);
  return Number(row?.count ?? 0);
}
