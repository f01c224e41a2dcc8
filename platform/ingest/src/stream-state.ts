import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Checkpoint } from "./connector.ts";

/** How far a stream has been loaded. */
export interface StreamState {
  readonly checkpoint: Checkpoint;
  /** Newest event time, epoch ms; null for streams without one. */
  readonly watermark: number | null;
  /** The run that last changed the stream's rows: equal values mean equal content. */
  readonly runId: string;
}

/** Kept in the write file itself, so that rows and checkpoint share one transaction. */
export async function readStreamState(
  engine: WriteSide,
  source: string,
  stream: string,
): Promise<StreamState | undefined> {
  await engine.run(`CREATE TABLE IF NOT EXISTS mesh.stream_state (
  source VARCHAR, stream VARCHAR, checkpoint JSON, watermark_ms BIGINT, run_id VARCHAR,
  updated_at TIMESTAMP WITH TIME ZONE, PRIMARY KEY (source, stream))`);
  const [row] = await engine.query(
    "SELECT checkpoint::VARCHAR AS checkpoint, watermark_ms, run_id FROM mesh.stream_state WHERE source = $1 AND stream = $2",
    [source, stream],
  );
  if (row === undefined) return undefined;
  const watermark = row.watermark_ms;
  return {
    checkpoint: JSON.parse(String(row.checkpoint)) as Checkpoint,
    watermark: watermark == null ? null : Number(watermark),
    runId: String(row.run_id),
  };
}

export async function writeStreamState(
  engine: WriteSide,
  source: string,
  stream: string,
  state: StreamState,
  now: number,
): Promise<void> {
  const watermark = state.watermark === null ? null : BigInt(state.watermark);
  await engine.run(
    `INSERT OR REPLACE INTO mesh.stream_state
VALUES ($1, $2, $3::VARCHAR::JSON, $4::BIGINT, $5, make_timestamptz($6::BIGINT))`,
    [source, stream, JSON.stringify(state.checkpoint), watermark, state.runId, BigInt(now) * 1000n],
  );
}
