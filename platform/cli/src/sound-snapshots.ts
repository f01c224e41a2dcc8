import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { ReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { OpenMesh } from "./open-mesh.ts";
import { rollBack } from "./roll-back.ts";

/**
 * A product whose current snapshot could not be attached goes back to the newest older one that can be read: old numbers
 * with an honest watermark are better than none. What is served then is what the control plane says is current.
 */
export async function goBackToSound(mesh: OpenMesh, readSide: ReadSide, log: ServerLog): Promise<void> {
  const attached = new Set(readSide.attached().map((snapshot) => snapshot.id));
  const served = new Set(
    mesh.domains.flatMap(({ name, products }) => products.map((entry) => `${name}/${entry.name}`)),
  );
  for (const current of await mesh.pointers.current()) {
    const { domain, product } = current;
    if (attached.has(current.id) || !served.has(`${domain}/${product}`)) continue;
    const older = await newestSound(mesh, current);
    const details = { domain, product, hint: `mesh run ${domain}/${product} --full publishes it anew` };
    if (older === undefined) log.error("no snapshot of a product can be read", details);
    else log.error("went back to an older snapshot", { ...details, snapshot: older.id });
  }
}

async function newestSound(mesh: OpenMesh, { id, domain, product }: Snapshot): Promise<Snapshot | undefined> {
  const history = await mesh.pointers.history(domain, product);
  const older = history.slice(history.findIndex((entry) => entry.id === id) + 1);
  for (const { id: snapshot, prunedAt } of older) {
    if (prunedAt !== null) continue;
    try {
      return await rollBack(mesh, { domain, product, snapshot });
    } catch {
      // Damaged as well, or its file is gone: the next older one may not be.
    }
  }
  return undefined;
}
