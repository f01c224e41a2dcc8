import { rm } from "node:fs/promises";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { listSnapshots, snapshotFile } from "@thoth/warehouse/snapshot-store";
import { keptSnapshots, type Mesh } from "./mesh.ts";

/**
 * Makes room for one more snapshot of a product: the current one and the newest others stay, so that after the next
 * publish `keptSnapshots` can be gone back to. Files that the control plane does not know, or no longer, go as well:
 * a crash left them.
 */
export async function pruneProduct(
  { pointers, home }: Pick<Mesh, "pointers" | "home">,
  domain: string,
  product: string,
): Promise<void> {
  const history = await pointers.history(domain, product);
  const others = history.filter((snapshot) => !snapshot.current && snapshot.prunedAt === null);
  const kept = new Set(history.filter((snapshot) => snapshot.current).map((snapshot) => snapshot.id));
  for (const [age, { id }] of others.entries()) {
    if (age < keptSnapshots - 1 || !(await markPruned(pointers, domain, product, id))) kept.add(id);
  }
  for (const id of await listSnapshots(home.snapshotsDir, domain, product)) {
    if (!kept.has(id)) await rm(snapshotFile(home.snapshotsDir, domain, product, id), { force: true });
  }
}

/** @returns false when somebody has gone back to the snapshot in the meantime */
async function markPruned(pointers: Mesh["pointers"], domain: string, product: string, id: string): Promise<boolean> {
  try {
    await pointers.markPruned(domain, product, id);
    return true;
  } catch (failure) {
    if (isMeshError(failure) && failure.code === "control/snapshot-in-use") return false;
    throw failure;
  }
}
