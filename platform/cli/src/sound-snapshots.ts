import type { Mesh } from "@thoth/pipeline/mesh";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { ReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { consentHolder, isComputed } from "./restore-people.ts";
import { rollBack } from "./roll-back.ts";

/**
 * A product whose current snapshot could not be attached goes back to the newest older one that can be read: old numbers
 * with an honest watermark are better than none. What is served then is what the control plane says is current.
 * One about people who were asked does not: who still agrees stood in what cannot be read.
 */
export async function goBackToSound(mesh: Mesh, readSide: ReadSide, log: ServerLog): Promise<void> {
  const attached = new Set(readSide.attached().map((snapshot) => snapshot.id));
  const served = new Set(
    mesh.domains.flatMap(({ name, products }) => products.map((entry) => `${name}/${entry.name}`)),
  );
  for (const current of await mesh.pointers.current()) {
    const { domain, product } = current;
    if (!served.has(`${domain}/${product}`)) continue;
    if (attached.has(current.id)) {
      await leaveOutWithdrawn(mesh, current, log);
      continue;
    }
    const older = await newestSound(mesh, current);
    const details = { domain, product, hint: `mesh run ${domain}/${product} --full publishes it anew` };
    if (older === undefined) log.error("no snapshot of a product can be read or served", details);
    else log.error("went back to an older snapshot", { ...details, snapshot: older.id });
  }
}

/** An older state that is served as it was, since before rollbacks left out who does not agree any more. */
async function leaveOutWithdrawn(mesh: Mesh, current: Snapshot, log: ServerLog): Promise<void> {
  const { id, domain, product } = current;
  const models = mesh.domains.flatMap(({ loadedProducts }) => loadedProducts.map(({ model }) => model));
  const model = models.find((one) => one.domain === domain && one.product === product);
  if (model === undefined || !isComputed(current)) return;
  if (consentHolder(model, await mesh.pointers.history(domain, product), current) === undefined) return;
  const { id: snapshot } = await rollBack(mesh, { domain, product, snapshot: id });
  log.info("left people out of an older state who are not known to agree any more", { domain, product, snapshot });
}

async function newestSound(mesh: Mesh, { id, domain, product }: Snapshot): Promise<Snapshot | undefined> {
  const history = await mesh.pointers.history(domain, product);
  const older = history.slice(history.findIndex((entry) => entry.id === id) + 1);
  for (const { id: snapshot, prunedAt } of older) {
    if (prunedAt !== null) continue;
    try {
      return await rollBack(mesh, { domain, product, snapshot });
    } catch {
      // Damaged as well, its file is gone, or who agrees is not known: the next older one may not be so.
    }
  }
  return undefined;
}
