import { join } from "node:path";
import { openQualityStore } from "@thoth/control/quality-store";
import { landStream } from "@thoth/ingest/land";
import { type JobContext, type JobOutcome, step } from "./job-context.ts";
import { recordDrift } from "./quality/record-drift.ts";

/** Extract and raw: one stream of one source, from its checkpoint on. */
export async function runExtract(sourceName: string, streamName: string, context: JobContext): Promise<JobOutcome> {
  const { mesh, domain, engine, streams, runId, full, signal, log } = context;
  const source = domain.sources.find((candidate) => candidate.name === sourceName);
  const stream = source?.streams.find((candidate) => candidate.name === streamName);
  if (source === undefined || stream === undefined) throw new Error(`${domain.name} has no stream ${streamName}`);
  const { root, control, clock, home } = mesh;
  const { sourcesDir, auditDir } = home;
  const collectedDir = join(home.collectorDir, domain.name);
  const options = {
    engine,
    states: streams,
    sourcesDir,
    collectedDir,
    auditDir,
    root,
    control,
    signal,
    runId,
    now: clock(),
    full,
    log,
  };
  const landed = await step("extract", () => landStream(source, stream, options));
  const found = { runId, domain: domain.name, source: sourceName, stream: streamName, now: clock() };
  const drifted = landed.drift === undefined ? [] : recordDrift(found, landed.drift);
  if (drifted.length > 0) await openQualityStore(control).saveResults(drifted, clock());
  return {
    rowsRead: landed.rowsRead,
    rowsInserted: landed.rowsInserted,
    rowsUpdated: landed.rowsUpdated,
    rowsDeleted: landed.rowsDeleted,
    rowsRejected: landed.rowsRejected,
    rowCountAfter: landed.rowCountAfter,
    bytesIn: landed.bytesIn,
    ...(landed.rowsRejected > 0 && {
      status: "partial",
      failureMessage: `${landed.rowsRejected} of ${landed.rowsRead} rows were held back: mesh quality ${domain.name} --rejected shows them`,
    }),
    ...(drifted.length > 0 && { checksWarned: drifted.length }),
    checkpointBefore: landed.checkpointBefore,
    checkpointAfter: landed.checkpointAfter,
    watermarkBefore: landed.watermarkBefore,
    watermarkAfter: landed.watermark,
  };
}
