import { findMeshError } from "@thoth/kernel/error-chain";
import { formatMeshError } from "@thoth/kernel/mesh-error";
import { countOf } from "./count-text.ts";
import type { Effects } from "./effects.ts";
import type { OpenMesh } from "./open-mesh.ts";
import type { Operations } from "./operations.ts";
import { displayProgress } from "./run-display.ts";
import { describeProblems, failuresOf } from "./run-text.ts";
import { ensureSampleData } from "./sample-data.ts";
import type { Settings } from "./settings.ts";

export interface FirstRun {
  readonly settings: Settings;
  readonly effects: Effects;
  /** Run even if nothing is missing. */
  readonly always: boolean;
}

/**
 * Runs all pipelines when a product has never been published, or was published under another version of its contract.
 * What had been published before is served all the same when that fails.
 * @returns how many failures there were
 * @throws MeshError when nothing could run and nothing has been published either
 */
export async function runFirst(mesh: OpenMesh, operations: Operations, options: FirstRun): Promise<number> {
  const { settings, effects, always } = options;
  const published = await mesh.pointers.current();
  const versions = new Map(published.map((entry) => [`${entry.domain}/${entry.product}`, entry.contractVersion]));
  const models = mesh.domains.flatMap(({ loadedProducts }) => loadedProducts.map(({ model }) => model));
  const missing = models.filter(({ id, version }) => versions.get(id) !== version);
  if (!always && missing.length === 0) return 0;
  // The ports are up already, and their log says so.
  effects.err(describeFirst({ missing: missing.length, all: models.length, published: published.length }));
  await ensureSampleData(mesh.domains, mesh.home, { settings, effects });
  const { signal } = effects;
  try {
    const runs = await operations.run({ full: false }, { signal, onProgress: displayProgress(effects) });
    signal.throwIfAborted();
    effects.err(describeProblems(runs) ?? "");
    return failuresOf(runs).length;
  } catch (failure) {
    const expected = findMeshError(failure);
    if (expected === undefined || published.length === 0) throw failure;
    effects.err(`\n${formatMeshError(expected)}\n\nNothing ran. What was published before is served.\n`);
    return 1;
  }
}

/** How many of all data products are not published as their contracts are now, and how many are at all. */
interface FirstCounts {
  readonly missing: number;
  readonly all: number;
  readonly published: number;
}

function describeFirst({ missing, all, published }: FirstCounts): string {
  const what =
    published === 0
      ? "No data product is published yet"
      : `${countOf(all, "data product")}, ${missing} of them not published as the contract is now`;
  return missing === 0
    ? "All pipelines run now; what is published goes on serving meanwhile.\n"
    : `${what}: all pipelines run now, and each product can be read as soon as it is published.\n`;
}
