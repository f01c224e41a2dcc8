import { openMaskKey } from "@thoth/access/signing-key";
import { findMeshError } from "@thoth/kernel/error-chain";
import { snakeCase } from "@thoth/kernel/names";
import type { Domain, LoadedProduct } from "@thoth/pipeline/domain";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import { servedTables } from "@thoth/pipeline/previous-major";
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
  const readSide = opening.use(
    await openReadSide({ snapshotDir: home.snapshotsDir, catalogs, maskKey: await openMaskKey(home.home) }),
  );
  const reader = { readSide, domains, log };
  for (const snapshot of await readCurrentSnapshots(home.snapshotsDir)) {
    if (productOfSnapshot(snapshot, domains) !== undefined) await attachOrReport(snapshot, reader);
  }
  opening.move();
  return readSide;
}

/** Who shows snapshots, and of which products. */
export interface PublishedReader {
  readonly readSide: ReadSide;
  readonly domains: readonly Domain[];
  readonly log: ServerLog;
}

function productOfSnapshot({ domain, product }: Snapshot, domains: readonly Domain[]): LoadedProduct | undefined {
  const owner = domains.find(({ name }) => name === domain);
  return owner?.loadedProducts.find(({ name }) => name === product);
}

/** Swaps one product to a snapshot; what was served before goes on serving when the new file is damaged. */
export async function attachOrReport(snapshot: Snapshot, { readSide, domains, log }: PublishedReader): Promise<void> {
  const { id, domain, product } = snapshot;
  const loaded = productOfSnapshot(snapshot, domains);
  try {
    await readSide.attach(snapshot, loaded === undefined ? {} : servedTables(loaded, snapshot));
  } catch (failure) {
    const error = failure instanceof Error ? failure.message : String(failure);
    const hint = findMeshError(failure)?.hint;
    const details = { domain, product, snapshot: id, error, ...(hint === undefined ? {} : { hint }) };
    log.error("a snapshot cannot be served", details);
  }
}

/** Follows what other processes publish: swaps every product of these domains whose snapshot is another one now. */
export async function swapChanged(current: readonly Snapshot[], reader: PublishedReader): Promise<void> {
  const attached = new Map(reader.readSide.attached().map((snapshot) => [productOf(snapshot), snapshot]));
  const names = new Set(reader.domains.map((domain) => domain.name));
  for (const snapshot of current) {
    const before = attached.get(productOf(snapshot));
    const same = before?.id === snapshot.id && before.watermark === snapshot.watermark;
    if (names.has(snapshot.domain) && !same) await attachOrReport(snapshot, reader);
  }
}

function productOf({ domain, product }: Snapshot): string {
  return `${domain}/${product}`;
}
