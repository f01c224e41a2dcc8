import { rm } from "node:fs/promises";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { listSnapshots, snapshotFile } from "@thoth/warehouse/snapshot-store";
import type { Fence } from "./fenced-mesh.ts";
import { keptSnapshots, type Mesh } from "./mesh.ts";

/**
 * Makes room for one more snapshot of a product: the current one and the newest others stay, so that after the next
 * publish `keptSnapshots` can be gone back to. Of copies that a rollback made only the current one stays: they are not
 * what was computed. Files that the control plane does not know, or no longer, go as well: a crash left them.
 */
export async function pruneProduct(
  { pointers, home, fence = unfenced }: Pick<Mesh, "pointers" | "home" | "fence">,
  domain: string,
  product: string,
): Promise<void> {
  const history = await pointers.history(domain, product);
  const others = history.filter((snapshot) => !snapshot.current && snapshot.prunedAt === null);
  const kept = new Set(history.filter((snapshot) => snapshot.current).map((snapshot) => snapshot.id));
  const newest = others.filter(({ restoredFrom }) => restoredFrom === undefined).slice(0, keptSnapshots - 1);
  for (const snapshot of others) {
    if (newest.includes(snapshot) || !(await markPruned(pointers, domain, product, snapshot.id))) kept.add(snapshot.id);
  }
  // A file that nobody knows may be one that whoever took the domain from us has just written: what is there before the
  // lock is proved is not.
  const found = await listSnapshots(home.snapshotsDir, domain, product);
  const removed = found.filter((id) => !kept.has(id));
  await fence(domain, async () => {
    for (const id of removed) await rm(snapshotFile(home.snapshotsDir, domain, product, id), { force: true });
  });
}

const unfenced: Fence = (_domain, work) => work();

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
