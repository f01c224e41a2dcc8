import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Checkpoint } from "./connector.ts";

/** How far a stream has been loaded. */
export interface StreamState {
  readonly checkpoint: Checkpoint;
  /** Newest event time that had come by then, epoch ms; null for streams without one. */
  readonly watermark: number | null;
  /** The run that last changed the stream's rows: equal values mean equal content. */
  readonly runId: string;
  /**
   * The run that last changed them other than by adding some or by marking some as deleted: as long as it stays, what
   * was there is there still, in the same order. Null in a file from before this was noted.
   */
  readonly rewrittenBy: string | null;
}

/** How far the streams of one domain have been loaded. Kept in the write file, so that rows and checkpoint share one transaction. */
export interface StreamStates {
  /** Undefined until something of the stream has been loaded. */
  of(source: string, stream: string): StreamState | undefined;
  /**
   * Runs `work` in a transaction and stores the state it returns in the same one; undefined forgets the stream.
   * @param now epoch ms
   */
  change<State extends StreamState | undefined>(
    stream: StreamName,
    now: number,
    work: () => Promise<State>,
  ): Promise<State>;
}

export interface StreamName {
  readonly source: string;
  readonly stream: string;
}

/** Reads the states once. As long as they are in use nobody else may change them in the file. */
export async function openStreamStates(engine: WriteSide): Promise<StreamStates> {
  await engine.run(`CREATE TABLE IF NOT EXISTS mesh.stream_state (
  source VARCHAR, stream VARCHAR, checkpoint JSON, watermark_ms BIGINT, run_id VARCHAR,
  updated_at TIMESTAMP WITH TIME ZONE, rewritten_by VARCHAR, PRIMARY KEY (source, stream))`);
  await engine.run("ALTER TABLE mesh.stream_state ADD COLUMN IF NOT EXISTS rewritten_by VARCHAR");
  const known = await readStates(engine);
  return {
    of: (source, stream) => known.get(keyOf({ source, stream })),
    async change(name, now, work) {
      const state = await engine.transaction(async () => {
        const next = await work();
        await store(engine, name, next, now);
        return next;
      });
      if (state === undefined) known.delete(keyOf(name));
      else known.set(keyOf(name), state);
      return state;
    },
  };
}

async function readStates(engine: WriteSide): Promise<Map<string, StreamState>> {
  const rows = await engine.query(
    "SELECT source, stream, checkpoint::VARCHAR AS checkpoint, watermark_ms, run_id, rewritten_by FROM mesh.stream_state",
  );
  return new Map(
    rows.map(({ source, stream, checkpoint, watermark_ms: watermark, run_id: runId, rewritten_by: rewrittenBy }) => [
      keyOf({ source: String(source), stream: String(stream) }),
      {
        checkpoint: JSON.parse(String(checkpoint)) as Checkpoint,
        watermark: watermark === null ? null : Number(watermark),
        runId: String(runId),
        rewrittenBy: rewrittenBy === null ? null : String(rewrittenBy),
      },
    ]),
  );
}

async function store(
  engine: WriteSide,
  { source, stream }: StreamName,
  state: StreamState | undefined,
  now: number,
): Promise<void> {
  if (state === undefined) {
    await engine.run("DELETE FROM mesh.stream_state WHERE source = $1 AND stream = $2", [source, stream]);
    return;
  }
  const watermark = state.watermark === null ? null : BigInt(state.watermark);
  await engine.run(
    `INSERT OR REPLACE INTO mesh.stream_state
(source, stream, checkpoint, watermark_ms, run_id, updated_at, rewritten_by)
VALUES ($1, $2, $3::VARCHAR::JSON, $4::BIGINT, $5, make_timestamptz($6::BIGINT), $7)`,
    [
      ...[source, stream, JSON.stringify(state.checkpoint), watermark, state.runId, BigInt(now) * 1000n],
      state.rewrittenBy,
    ],
  );
}

function keyOf({ source, stream }: StreamName): string {
  return JSON.stringify([source, stream]);
}
