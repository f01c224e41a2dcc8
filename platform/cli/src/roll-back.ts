import type { PastSnapshot } from "@thoth/control/snapshot-pointers";
import { tableNameOf } from "@thoth/kernel/major-names";
import { holdDomains } from "@thoth/pipeline/domain-hold";
import type { Mesh } from "@thoth/pipeline/mesh";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile, verifySnapshot } from "@thoth/warehouse/snapshot-store";
import { cliError } from "./errors.ts";

export interface RollBackTarget {
  readonly domain: string;
  readonly product: string;
  /** Absent means the one published before the current one. */
  readonly snapshot?: string;
}

const neverAborted = new AbortController().signal;

/**
 * Moves a product's pointer to an older snapshot; readers swap at once. The next run that changes rows publishes anew.
 * @throws MeshError `cli/unknown-product`, `cli/nothing-to-roll-back`, `warehouse/corrupt-snapshot` and what the
 *   pointers report; the product then serves what it served
 */
export async function rollBack(mesh: Mesh, target: RollBackTarget, signal = neverAborted): Promise<Snapshot> {
  const { domain, product } = target;
  const table = requireProduct(mesh, target);
  await using _ = await holdDomains(mesh, [domain], { signal });
  const history = await mesh.pointers.history(domain, product);
  const id = target.snapshot ?? snapshotBefore(history, table);
  if (id === undefined) throw cliError["nothing-to-roll-back"]({ product: `${domain}/${product}` });
  const chosen = history.find((entry) => entry.id === id && entry.prunedAt === null);
  if (chosen !== undefined && tableOf(chosen) !== table)
    throw cliError["other-major"]({ product: `${domain}/${product}`, snapshot: id, version: chosen.contractVersion });
  if (chosen !== undefined) await verifySnapshot(snapshotFile(mesh.home.snapshotsDir, domain, product, id), table);
  const moved = await mesh.pointers.moveTo(domain, product, id);
  await mesh.onPublish(moved);
  return moved;
}

/** @returns the table that its snapshots hold, in the major version that is served now */
function requireProduct({ domains }: Mesh, { domain, product }: RollBackTarget): string {
  const models = domains.flatMap(({ loadedProducts }) => loadedProducts.map(({ model }) => model));
  const name = `${domain}/${product}`;
  const found = models.find(({ id }) => id === name);
  if (found === undefined) throw cliError["unknown-product"]({ name, known: models.map(({ id }) => id) });
  return found.tableName;
}

/** A snapshot of another major version has other columns: the contract that is served now could not be kept with it. */
function snapshotBefore(history: readonly PastSnapshot[], table: string): string | undefined {
  const position = history.findIndex((entry) => entry.current);
  return history.slice(position + 1).find((entry) => entry.prunedAt === null && tableOf(entry) === table)?.id;
}

function tableOf({ product, contractVersion }: PastSnapshot): string {
  return tableNameOf(product, contractVersion);
}
