import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { EventTimeRange, Source, Stream } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { insertRows, type LandOptions, measureWatermark } from "./land.ts";
import { createRawTable, prepareRawTable } from "./raw-table.ts";
import { type FoundAgain, foundInFiles, foundInParts } from "./rows-found-again.ts";
import { openStreamStates, type StreamState, type StreamStates } from "./stream-state.ts";

/** What loading one part of a stream again did. Counts are rows. */
export interface BackfillResult {
  /** In the source. */
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
  /**
   * Makes one part of the raw table what the source holds of it, in one transaction. What is older than what the source
   * still holds stays, and rows without event time belong to no part. The checkpoint stays where it is.
   */
  replace(range: EventTimeRange, runId: string): Promise<BackfillResult>;
}

export type StageOptions = Omit<LandOptions, "full" | "runId"> & {
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
  const target = { ...stream, name: asideName(stream) };
  const tables = { raw: qualifiedName("raw", stream.name), aside: qualifiedName("raw", target.name) };
  await engine.run(`DROP TABLE IF EXISTS ${tables.aside}`);
  await engine.run(createRawTable(target));
  await using dropping = new AsyncDisposableStack();
  dropping.defer(async () => void (await engine.run(`DROP TABLE IF EXISTS ${tables.aside}`)));
  const asideKeys = qualifiedName("raw", `keys of ${target.name}`);
  dropping.defer(async () => void (await engine.run(`DROP TABLE IF EXISTS ${asideKeys}`)));
  let bytesIn = 0;
  let hasKeys = false;
  for await (const batch of readAgain(stream, target.name, options)) {
    options.signal.throwIfAborted();
    await insertRows(engine, target, batch, { runId: "", now: options.now });
    bytesIn += batch.bytes;
    if (batch.present === undefined) continue;
    await engine.run(`CREATE OR REPLACE TABLE ${asideKeys} AS ${batch.present.keys.sql}`);
    hasKeys = true;
  }
  const found =
    stream.parts === undefined
      ? foundInFiles(stream, tables)
      : foundInParts(stream, stream.parts, { ...tables, keys: hasKeys ? asideKeys : undefined });
  await engine.run(`DELETE FROM ${tables.aside} WHERE ${found.unlanded}`);
  const replacing: Replacing = { name: { source: source.name, stream: stream.name }, tables, found, known, states };
  const resources = dropping.move();
  return {
    bytesIn,
    replace: (range, runId) => replacePart(stream, replacing, { ...options, range, runId }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
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
  { engine, signal, now, range, runId }: StageOptions & { readonly runId: string },
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

/** No stream can be called so: a name has no spaces. */
function asideName({ name }: Stream): string {
  return `backfill of ${name}`;
}
