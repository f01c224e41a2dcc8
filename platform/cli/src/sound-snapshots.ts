import { findMeshError } from "@thoth/kernel/error-chain";
import { showsWithdrawn } from "@thoth/pipeline/consent-states";
import type { Mesh } from "@thoth/pipeline/mesh";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { ReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { rollBack } from "./roll-back.ts";

export interface SoundParts {
  readonly readSide: ReadSide;
  readonly log: ServerLog;
  /** Of the process that starts: somebody else may be at work on a product's domain. */
  readonly signal: AbortSignal;
}

/**
 * A product whose current snapshot could not be attached goes back to the newest older one that can be read: old numbers
 * with an honest watermark are better than none. What is served then is what the control plane says is current.
 * One about people who were asked does not: who still agrees stood in what cannot be read.
 * @throws the signal's reason; a product that cannot be served is left out, and does not keep the others from it
 */
export async function goBackToSound(mesh: Mesh, parts: SoundParts): Promise<void> {
  const { readSide, log } = parts;
  const attached = new Set(readSide.attached().map((snapshot) => snapshot.id));
  const served = new Set(
    mesh.domains.flatMap(({ name, products }) => products.map((entry) => `${name}/${entry.name}`)),
  );
  for (const current of await mesh.pointers.current()) {
    const { domain, product } = current;
    if (!served.has(`${domain}/${product}`)) continue;
    if (await showsWithdrawn(mesh, current)) {
      if (await leaveOutWithdrawn(mesh, current, parts)) continue;
    } else if (attached.has(current.id)) continue;
    const older = await newestSound(mesh, current, parts);
    const details = { domain, product, hint: `mesh run ${domain}/${product} --full publishes it anew` };
    if (older === undefined) log.error("no snapshot of a product can be read or served", details);
    else log.error("went back to an older snapshot", { ...details, snapshot: older.id });
  }
}

/**
 * An older state that was served as it was, since before rollbacks left out who does not agree any more.
 * @returns false when nobody can be left out of it; it is not served then
 */
async function leaveOutWithdrawn(mesh: Mesh, current: Snapshot, { log, signal }: SoundParts): Promise<boolean> {
  const { id, domain, product } = current;
  try {
    const { id: snapshot } = await rollBack(mesh, { domain, product, snapshot: id }, signal);
    log.info("left people out of an older state who are not known to agree any more", { domain, product, snapshot });
    return true;
  } catch (failure) {
    signal.throwIfAborted();
    const error = failure instanceof Error ? failure.message : String(failure);
    const hint = findMeshError(failure)?.hint;
    const details = { domain, product, snapshot: id, error, ...(hint === undefined ? {} : { hint }) };
    log.error("an older state is not served: people in it may not agree any more", details);
    return false;
  }
}

async function newestSound(
  mesh: Mesh,
  { id, domain, product }: Snapshot,
  { signal }: SoundParts,
): Promise<Snapshot | undefined> {
  const history = await mesh.pointers.history(domain, product);
  const older = history.slice(history.findIndex((entry) => entry.id === id) + 1);
  for (const { id: snapshot, prunedAt } of older) {
    if (prunedAt !== null) continue;
    try {
      return await rollBack(mesh, { domain, product, snapshot }, signal);
    } catch {
      signal.throwIfAborted();
      // Damaged as well, its file is gone, or who agrees is not known: the next older one may not be so.
    }
  }
  return undefined;
}
