import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { EventTimeRange, Source, Stream } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { type LandOptions, measureWatermark } from "./land.ts";
import { prepareRawTable } from "./raw-table.ts";
import { keptIn, openAside, putAside, type RowsAside } from "./rows-aside.ts";
import { type FoundAgain, foundInFiles, foundInParts } from "./rows-found-again.ts";
import { openStreamStates, type StreamState, type StreamStates } from "./stream-state.ts";

/** What loading one part of a stream again did. Counts are rows. */
export interface BackfillResult {
  /** In the source, and as its columns are declared. */
  readonly rowsRead: number;
  /** In the source and not in the raw table before. */
  readonly rowsInserted: number;
  /** In the raw table and no longer in the source. */
  readonly rowsDeleted: number;
  readonly rowCountAfter: number;
}

/** A stream as its source holds it now, beside the raw table. */
export interface StagedStream extends AsyncDisposable {
  readonly bytesIn: number;
  /** Rows of all parts, and of none, that do not fit and were held back by the run that read them. */
  readonly rowsRejected: number;
  /**
   * Makes one part of the raw table what the source holds of it, in one transaction. What is older than what the source
   * still holds stays, and rows without event time belong to no part. Rows that what was held back may be a version of, by
   * the key or else by the file, stay as they are. The checkpoint stays where it is.
   */
  replace(range: EventTimeRange, runId: string): Promise<BackfillResult>;
}

/** The run is the one that reads. */
export type StageOptions = Omit<LandOptions, "full"> & {
  /** All that will be replaced. */
  readonly range: EventTimeRange;
};

/**
 * Reads once what the parts of a range are made from, whatever has been loaded before.
 * @throws MeshError `ingest/never-loaded`, and as reading the stream does
 */
export async function stageStream(source: Source, stream: Stream, options: StageOptions): Promise<StagedStream> {
  const { engine } = options;
  const states = options.states ?? (await openStreamStates(engine));
  const known = states.of(source.name, stream.name);
  if (known === undefined) throw ingestError["never-loaded"]({ stream: stream.name });
  await prepareRawTable(engine, stream, { drop: false });
  await using dropping = new AsyncDisposableStack();
  const aside = dropping.use(await openAside(engine, stream));
  try {
    for await (const batch of readAgain(stream, aside.name, options)) {
      options.signal.throwIfAborted();
      await putAside(aside, batch, { source, stream, ...options });
    }
  } catch (failure) {
    if (aside.rowsRejected > 0) await engine.run("DELETE FROM mesh.rejected_rows WHERE run_id = $1", [options.runId]);
    throw failure;
  }
  const found = await findAgain(engine, stream, aside);
  const tables = { raw: qualifiedName("raw", stream.name), aside: aside.table };
  const replacing: Replacing = { name: { source: source.name, stream: stream.name }, tables, found, known, states };
  const resources = dropping.move();
  return {
    bytesIn: aside.bytesIn,
    rowsRejected: aside.rowsRejected,
    replace: (range, runId) => replacePart(stream, replacing, { ...options, range, runId }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Leaves aside only what takes a place in the raw table. */
async function findAgain(engine: WriteSide, stream: Stream, aside: RowsAside): Promise<FoundAgain> {
  const tables = { raw: qualifiedName("raw", stream.name), aside: aside.table };
  const found =
    stream.parts === undefined
      ? foundInFiles(stream, tables)
      : foundInParts(stream, stream.parts, { ...tables, keys: aside.keys });
  await engine.run(`DELETE FROM ${aside.table} WHERE ${found.unlanded}`);
  if (aside.rowsRejected === 0) return found;
  const kept = keptIn(stream, aside);
  await engine.run(`DELETE FROM ${aside.table} AS now WHERE ${kept("now")}`);
  return { ...found, replaced: `(${found.replaced}) AND NOT ${kept("landed")}` };
}

/** @param aside name of the table that the rows go to */
function readAgain(stream: Stream, aside: string, { range, ...options }: StageOptions) {
  const context = { ...options, checkpoint: undefined };
  if (stream.parts !== undefined) return stream.parts.read(context, range);
  return stream.readHistory === undefined ? stream.read(context) : stream.readHistory(context, aside);
}

interface Replacing {
  readonly name: { readonly source: string; readonly stream: string };
  readonly tables: { readonly raw: string; readonly aside: string };
  readonly found: FoundAgain;
  readonly known: StreamState;
  readonly states: StreamStates;
}

async function replacePart(
  stream: Stream,
  { name, tables, found, known, states }: Replacing,
  { engine, signal, now, range, runId }: StageOptions,
): Promise<BackfillResult> {
  signal.throwIfAborted();
  const { raw, aside } = tables;
  const bounds = [BigInt(range.from) * 1000n, BigInt(range.until) * 1000n] as const;
  const columns = stream.columns.map((column) => quoteIdentifier(column.name)).join(", ");
  const count = async (sql: string, values: readonly bigint[]) =>
    Number((await engine.query(`SELECT count(*) AS count FROM (${sql})`, values))[0]?.count);
  const before = `SELECT ${columns}, _source FROM ${raw} AS landed WHERE ${found.replaced}`;
  const after = `SELECT ${columns}, _source FROM ${aside} AS now WHERE ${found.part("now")}`;
  const rowsInserted = await count(`${after} EXCEPT ALL ${before}`, bounds);
  const rowsDeleted = await count(`${before} EXCEPT ALL ${after}`, bounds);
  const rowsRead = await count(after, bounds);
  if (rowsInserted + rowsDeleted > 0)
    await states.change(name, now, async () => {
      await engine.run(`DELETE FROM ${raw} AS landed WHERE ${found.replaced}`, bounds);
      await engine.run(
        `INSERT INTO ${raw} (${columns}, _run_id, _loaded_at, _source)
SELECT ${columns}, $3::VARCHAR, make_timestamptz($4::BIGINT), _source FROM (${after})`,
        [...bounds, runId, BigInt(now) * 1000n],
      );
      const watermark = await measureWatermark(engine, stream, now);
      return { checkpoint: known.checkpoint, watermark, runId, rewrittenBy: runId };
    });
  return { rowsRead, rowsInserted, rowsDeleted, rowCountAfter: await count(`SELECT 1 FROM ${raw}`, []) };
}
