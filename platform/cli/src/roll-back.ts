import type { PastSnapshot } from "@thoth/control/snapshot-pointers";
import { snakeCase } from "@thoth/kernel/names";
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

/**
 * Moves a product's pointer to an older snapshot; readers swap at once. The next run that changes rows publishes anew.
 * @throws MeshError `cli/unknown-product`, `cli/nothing-to-roll-back`, `warehouse/corrupt-snapshot` and what the
 *   pointers report; the product then serves what it served
 */
export async function rollBack(mesh: Mesh, target: RollBackTarget): Promise<Snapshot> {
  const { domain, product } = target;
  requireProduct(mesh, target);
  const history = await mesh.pointers.history(domain, product);
  const id = target.snapshot ?? snapshotBefore(history);
  if (id === undefined) throw cliError["nothing-to-roll-back"]({ product: `${domain}/${product}` });
  if (history.some((entry) => entry.id === id && entry.prunedAt === null))
    await verifySnapshot(snapshotFile(mesh.home.snapshotsDir, domain, product, id), snakeCase(product));
  const moved = await mesh.pointers.moveTo(domain, product, id);
  await mesh.onPublish(moved);
  return moved;
}

function requireProduct({ domains }: Mesh, { domain, product }: RollBackTarget): void {
  const known = domains.flatMap(({ name, products }) => products.map((entry) => `${name}/${entry.name}`));
  const name = `${domain}/${product}`;
  if (!known.includes(name)) throw cliError["unknown-product"]({ name, known });
}

function snapshotBefore(history: readonly PastSnapshot[]): string | undefined {
  const position = history.findIndex((entry) => entry.current);
  return history.slice(position + 1).find((entry) => entry.prunedAt === null)?.id;
}
