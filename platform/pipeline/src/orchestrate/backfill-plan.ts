import type { Source, Stream } from "@thoth/ingest/connector";
import type { Domain } from "../domain.ts";
import { pipelineError } from "../errors.ts";
import type { Job } from "../job.ts";

/** A stream of which a part can be loaded again. */
export interface BackfillStream {
  readonly job: Job & { readonly kind: "extract" };
  readonly source: Source;
  readonly stream: Stream;
}

export interface BackfillPlan {
  readonly streams: readonly BackfillStream[];
  /** Streams that are left as they are, each with the reason. */
  readonly left: readonly string[];
}

/**
 * Which streams of a target can be loaded again by parts: those whose source still has every row as it gave it and whose
 * rows say when they happened, and those of which a part can be asked for by the times of its rows. What is made from
 * them is always computed anew from all of it.
 * @param jobs of the target
 * @throws MeshError `pipeline/not-backfillable` when there is none
 */
export function planBackfill(target: string, domain: Domain, jobs: readonly Job[]): BackfillPlan {
  const streams: BackfillStream[] = [];
  const left: string[] = [];
  for (const job of jobs) {
    if (job.kind !== "extract") continue;
    const source = domain.sources.find(({ name }) => name === job.source);
    const stream = source?.streams.find(({ name }) => name === job.stream);
    if (source === undefined || stream === undefined) continue;
    const reason = reasonAgainst(stream);
    if (reason === undefined) streams.push({ job, source, stream });
    else left.push(`raw.${stream.name} ${reason}`);
  }
  if (streams.length > 0) return { streams, left };
  const reasons = left.length > 0 ? left : ["it reads no source of its own"];
  throw pipelineError["not-backfillable"]({ target, reasons });
}

function reasonAgainst({ mode, keepsHistory, eventTime, parts, unparted }: Stream): string | undefined {
  if (mode === "replace") return "is loaded as a whole in every run";
  if (parts !== undefined) return undefined;
  if (keepsHistory !== true) return unparted ?? "comes from a source of which no part can be asked for";
  if (eventTime === undefined) return "has no event time (eventTime) to tell its parts by";
  return undefined;
}
