import type { Source } from "@thoth/ingest/connector";
import type { Analyses } from "./analyses.ts";
import type { LoadedProduct } from "./domain.ts";
import type { JobContext } from "./job-context.ts";
import type { PublishedInput } from "./published-inputs.ts";

/**
 * Event time up to which a product is complete: the slowest of what it is made from. A source is complete up to its
 * newest event in any stream, because one export or one log brings all of them; a source without event time was
 * complete when it was read.
 * @returns epoch ms, never in the future; null when a source or input that has event time has not had an event yet
 */
export function productWatermark(
  product: LoadedProduct,
  analyses: Analyses,
  inputs: readonly PublishedInput[],
  context: JobContext,
): number | null {
  const now = context.mesh.clock();
  const sources = usedSources(product, analyses, context).map((source) => sourceWatermark(source, now, context));
  const marks = [...inputs.map((input) => input.snapshot.watermark), ...sources];
  return marks.reduce((slowest, mark) => (slowest === null || mark === null ? null : Math.min(slowest, mark)), now);
}

function sourceWatermark({ name, streams }: Source, now: number, context: JobContext): number | null {
  const timed = streams.filter((stream) => stream.eventTime !== undefined);
  if (timed.length === 0) return now;
  const marks = timed.flatMap((stream) => context.streams.of(name, stream.name)?.watermark ?? []);
  return marks.length === 0 ? null : Math.max(...marks);
}

/** The sources whose streams reach the product, through however many cleaned tables. */
function usedSources({ query }: LoadedProduct, analyses: Analyses, { domain }: JobContext): Source[] {
  const streams = new Set<string>();
  const pending = [query.file];
  const seen = new Set(pending);
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    for (const table of analyses.get(file)?.tables ?? []) {
      if (table.catalog !== undefined) continue;
      if (table.schema === "raw") streams.add(table.table);
      const next = domain.cleanTables.find((clean) => table.schema === "clean" && clean.table === table.table)?.file;
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      pending.push(next);
    }
  }
  return domain.sources.filter((source) => source.streams.some((stream) => streams.has(stream.name)));
}
