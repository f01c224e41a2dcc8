import { landStream } from "@thoth/ingest/land";
import { type JobContext, type JobOutcome, step } from "./job-context.ts";

/** Extract and raw: one stream of one source, from its checkpoint on. */
export async function runExtract(sourceName: string, streamName: string, context: JobContext): Promise<JobOutcome> {
  const { mesh, domain, engine, streams, runId, full, signal } = context;
  const source = domain.sources.find((candidate) => candidate.name === sourceName);
  const stream = source?.streams.find((candidate) => candidate.name === streamName);
  if (source === undefined || stream === undefined) throw new Error(`${domain.name} has no stream ${streamName}`);
  const { root, control, clock, home } = mesh;
  const { sourcesDir } = home;
  const options = { engine, states: streams, sourcesDir, root, control, signal, runId, now: clock(), full };
  const landed = await step("extract", () => landStream(source, stream, options));
  return {
    rowsRead: landed.rowsRead,
    rowsInserted: landed.rowsInserted,
    rowsUpdated: 0,
    rowsDeleted: landed.rowsDeleted,
    rowsRejected: landed.rowsRejected,
    rowCountAfter: landed.rowCountAfter,
    bytesIn: landed.bytesIn,
    checkpointBefore: landed.checkpointBefore,
    checkpointAfter: landed.checkpointAfter,
    watermarkBefore: landed.watermarkBefore,
    watermarkAfter: landed.watermark,
  };
}
