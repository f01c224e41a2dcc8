import { findMeshError } from "@thoth/kernel/error-chain";
import { snakeCase } from "@thoth/kernel/names";
import type { Domain } from "@thoth/pipeline/domain";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { readCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import { openReadSide, type ReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";

/**
 * Opens the read side on what is published. Needs no control plane and no lock, so any number of processes may.
 * A snapshot file that is damaged is left out and reported; the other products are served.
 */
export async function openPublished(home: MeshHome, domains: readonly Domain[], log: ServerLog): Promise<ReadSide> {
  const catalogs = domains.map((domain) => snakeCase(domain.name));
  await using opening = new AsyncDisposableStack();
  const readSide = opening.use(await openReadSide({ snapshotDir: home.snapshotsDir, catalogs }));
  const served = new Set(domains.flatMap(({ name, products }) => products.map((product) => `${name}/${product.name}`)));
  for (const snapshot of await readCurrentSnapshots(home.snapshotsDir)) {
    if (served.has(`${snapshot.domain}/${snapshot.product}`)) await attachOrReport(readSide, snapshot, log);
  }
  opening.move();
  return readSide;
}

/** Swaps one product to a snapshot; what was served before goes on serving when the new file is damaged. */
export async function attachOrReport(readSide: ReadSide, snapshot: Snapshot, log: ServerLog): Promise<void> {
  const { id, domain, product } = snapshot;
  try {
    await readSide.attach(snapshot, snakeCase(product));
  } catch (failure) {
    const error = failure instanceof Error ? failure.message : String(failure);
    const hint = findMeshError(failure)?.hint;
    const details = { domain, product, snapshot: id, error, ...(hint === undefined ? {} : { hint }) };
    log.error("a snapshot cannot be served", details);
  }
}

/** Follows what other processes publish: swaps every product of these domains whose snapshot is another one now. */
export async function swapChanged(
  current: readonly Snapshot[],
  domains: ReadonlySet<string>,
  { readSide, log }: { readonly readSide: ReadSide; readonly log: ServerLog },
): Promise<void> {
  const attached = new Map(readSide.attached().map((snapshot) => [productOf(snapshot), snapshot]));
  for (const snapshot of current) {
    const before = attached.get(productOf(snapshot));
    const same = before?.id === snapshot.id && before.watermark === snapshot.watermark;
    if (domains.has(snapshot.domain) && !same) await attachOrReport(readSide, snapshot, log);
  }
}

function productOf({ domain, product }: Snapshot): string {
  return `${domain}/${product}`;
}
