import type { ProductChange } from "@thoth/contract/changeset/product-change";
import type { RecordedImpact } from "@thoth/contract/council/review";
import { type Impact, judgeImpact, type ObservedUse } from "@thoth/contract/impact/impact";
import type { Effects } from "./effects.ts";
import { findReaders } from "./observed-impact.ts";
import type { Settings } from "./settings.ts";

/**
 * Whom changes reach, by what this mesh has seen until now, as a review keeps it.
 * @throws MeshError `control/home-in-use` while a process that cannot be asked owns the home
 */
export async function recordedImpacts(
  changes: readonly ProductChange[],
  settings: Settings,
  effects: Effects,
): Promise<(RecordedImpact | undefined)[]> {
  if (changes.every(({ diff }) => diff === undefined)) return changes.map(() => undefined);
  const readersOf = await findReaders({ settings, effects });
  return changes.map(({ product, diff }) => {
    if (diff === undefined) return undefined;
    const readers = readersOf(product);
    return record(judgeImpact(product, diff, readers), readers.uses);
  });
}

function record(impact: Impact, uses: readonly ObservedUse[]): RecordedImpact {
  const readShare = brokenShare(impact, uses);
  return {
    since: new Date(impact.since).toISOString().slice(0, 10),
    affected: impact.affected,
    ...(readShare !== undefined && { readShare }),
    elements: impact.elements.map(({ path, summary, uses: reads }) => {
      const consumers = [...new Set(reads.map(({ consumer }) => consumer))].sort();
      return { path, summary, ...(consumers.length > 0 && { consumers }) };
    }),
  };
}

/** Share of the product's reads that read the most read of what breaks; undefined when nobody read it. */
function brokenShare({ product, elements }: Impact, uses: readonly ObservedUse[]): number | undefined {
  const total = readsOf(uses.filter((use) => use.product === product && use.column === undefined));
  if (total === 0) return undefined;
  const broken = elements.filter((one) => one.class === "MAJOR").map((one) => readsOf(one.uses));
  return Math.round(Math.min(1, Math.max(0, ...broken) / total) * 1000) / 1000;
}

function readsOf(uses: readonly ObservedUse[]): number {
  return uses.reduce((sum, { reads }) => sum + reads, 0);
}
