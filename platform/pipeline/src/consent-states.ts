import { restsOnConsent } from "@thoth/access/present-people";
import type { ProductModel } from "@thoth/contract/product-model";
import type { CurrentSnapshot, PastSnapshot } from "@thoth/control/snapshot-pointers";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { Mesh } from "./mesh.ts";

/**
 * The newest state that a run computed, which tells who agrees now, when an older one cannot simply be served again.
 * @returns undefined when it can: it is about nobody's consent, or it is the newest one itself
 */
export function consentHolder(
  model: ProductModel,
  history: readonly PastSnapshot[],
  chosen: Snapshot,
): PastSnapshot | undefined {
  return restsOnConsent(model) ? newerHolder(history, chosen) : undefined;
}

function newerHolder(history: readonly PastSnapshot[], chosen: Snapshot): PastSnapshot | undefined {
  const newest = history.find(isComputed);
  return newest?.id === chosen.id ? undefined : newest;
}

export function isComputed({ restoredFrom }: Snapshot): boolean {
  return restoredFrom === undefined;
}

type Sources = Pick<Mesh, "domains" | "pointers">;

/**
 * What is current and may be served. An older state of before rollbacks left out who does not agree any more may not: the
 * copy of it that leaves them out may.
 */
export async function servableSnapshots(mesh: Sources): Promise<CurrentSnapshot[]> {
  const servable: CurrentSnapshot[] = [];
  for (const current of await mesh.pointers.current())
    if (!(await showsWithdrawn(mesh, current))) servable.push(current);
  return servable;
}

/** Whether a snapshot that is current may hold people who do not agree any more. */
export async function showsWithdrawn({ domains, pointers }: Sources, current: Snapshot): Promise<boolean> {
  const { domain, product } = current;
  const models = domains.flatMap(({ loadedProducts }) => loadedProducts.map(({ model }) => model));
  const model = models.find((one) => one.domain === domain && one.product === product);
  // Of a product that is not known here nobody can say that it is about nobody's consent.
  if (!isComputed(current) || (model !== undefined && !restsOnConsent(model))) return false;
  return newerHolder(await pointers.history(domain, product), current) !== undefined;
}
