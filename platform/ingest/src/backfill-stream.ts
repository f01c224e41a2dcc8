import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { Source, Stream } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { insertRows, type LandOptions, measureWatermark } from "./land.ts";
import { createRawTable, prepareRawTable } from "./raw-table.ts";
import { openStreamStates } from "./stream-state.ts";

/** A part of event time, epoch ms: from the first moment up to the second, which is not in it. */
export interface EventTimeRange {
  readonly from: number;
  readonly until: number;
}

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
   * Makes one part of the raw table what the source holds of it, in one transaction. Only what came from files that the
   * source still has is replaced; rows without event time belong to no part. The checkpoint stays where it is.
   */
  replace(range: EventTimeRange, runId: string): Promise<BackfillResult>;
}

/**
 * Reads the whole stream once, whatever has been loaded before.
 * @throws MeshError `ingest/never-loaded`, and as its `read` does
 */
export async function stageStream(
  source: Source,
  stream: Stream,
  options: Omit<LandOptions, "full" | "runId">,
): Promise<StagedStream> {
  const { engine, now } = options;
  const states = options.states ?? (await openStreamStates(engine));
  const known = states.of(source.name, stream.name);
  if (known === undefined) throw ingestError["never-loaded"]({ stream: stream.name });
  const raw = qualifiedName("raw", stream.name);
  const aside = qualifiedName("raw", asideName(stream));
  await prepareRawTable(engine, stream, { drop: false });
  await engine.run(`DROP TABLE IF EXISTS ${aside}`);
  await engine.run(createRawTable({ ...stream, name: asideName(stream) }));
  const target = { ...stream, name: asideName(stream) };
  let bytesIn = 0;
  for await (const batch of stream.read({ ...options, checkpoint: undefined })) {
    options.signal.throwIfAborted();
    await insertRows(engine, target, batch, { runId: "", now });
    bytesIn += batch.bytes;
  }
  // A file that has not been loaded yet is the next load's, which would add its rows a second time.
  await engine.run(`DELETE FROM ${aside} WHERE _source NOT IN (SELECT _source FROM ${raw})`);
  if (stream.eventTime === undefined) throw new Error(`raw.${stream.name} has no event time`);
  const columns = stream.columns.map((column) => quoteIdentifier(column.name)).join(", ");
  const at = `${quoteIdentifier(stream.eventTime)}::TIMESTAMP`;
  const count = async (sql: string, values: readonly bigint[]) =>
    Number((await engine.query(`SELECT count(*) AS count FROM (${sql})`, values))[0]?.count);
  return {
    bytesIn,
    replace: async ({ from, until }, runId) => {
      options.signal.throwIfAborted();
      const bounds = [BigInt(from) * 1000n, BigInt(until) * 1000n] as const;
      const part = `${at} >= make_timestamp($1::BIGINT) AND ${at} < make_timestamp($2::BIGINT)`;
      const held = `${part} AND _source IN (SELECT _source FROM ${aside})`;
      const rows = (table: string, where: string) => `SELECT ${columns}, _source FROM ${table} WHERE ${where}`;
      const before = rows(raw, held);
      const after = rows(aside, part);
      const rowsInserted = await count(`${after} EXCEPT ALL ${before}`, bounds);
      const rowsDeleted = await count(`${before} EXCEPT ALL ${after}`, bounds);
      const rowsRead = await count(after, bounds);
      if (rowsInserted + rowsDeleted > 0)
        await states.change({ source: source.name, stream: stream.name }, now, async () => {
          await engine.run(`DELETE FROM ${raw} WHERE ${held}`, bounds);
          await engine.run(
            `INSERT INTO ${raw} (${columns}, _run_id, _loaded_at, _source)
SELECT ${columns}, $3::VARCHAR, make_timestamptz($4::BIGINT), _source FROM ${aside} WHERE ${part}`,
            [...bounds, runId, BigInt(now) * 1000n],
          );
          const watermark = await measureWatermark(engine, stream, now);
          return { checkpoint: known.checkpoint, watermark, runId, rewrittenBy: runId };
        });
      return { rowsRead, rowsInserted, rowsDeleted, rowCountAfter: await count(`SELECT 1 FROM ${raw}`, []) };
    },
    [Symbol.asyncDispose]: async () => {
      await engine.run(`DROP TABLE IF EXISTS ${aside}`);
    },
  };
}

/** No stream can be called so: a name has no spaces. */
function asideName({ name }: Stream): string {
  return `backfill of ${name}`;
}
