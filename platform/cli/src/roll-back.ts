import type { ProductModel } from "@thoth/contract/product-model";
import type { PastSnapshot } from "@thoth/control/snapshot-pointers";
import { tableNameOf } from "@thoth/kernel/major-names";
import { consentHolder, isComputed } from "@thoth/pipeline/consent-states";
import { holdDomains } from "@thoth/pipeline/domain-hold";
import { fenceMesh } from "@thoth/pipeline/fenced-mesh";
import type { Mesh } from "@thoth/pipeline/mesh";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { columnsOfSnapshot, snapshotFile, verifySnapshot } from "@thoth/warehouse/snapshot-store";
import { cliError } from "./errors.ts";
import { restorePeople } from "./restore-people.ts";

export interface RollBackTarget {
  readonly domain: string;
  readonly product: string;
  /** Absent means the one published before the current one. */
  readonly snapshot?: string;
}

const neverAborted = new AbortController().signal;

/**
 * Serves an older snapshot of a product again; readers swap at once. The next run that changes rows publishes anew.
 * Where rows rest on people's consent, it is a copy without those who are not known to agree any more.
 * @throws MeshError `cli/unknown-product`, `cli/nothing-to-roll-back`, `cli/other-major`, `cli/other-key`,
 *   `cli/consent-unknown`, `warehouse/corrupt-snapshot` and what the pointers report; the product then serves what it served
 */
export async function rollBack(mesh: Mesh, target: RollBackTarget, signal = neverAborted): Promise<Snapshot> {
  const { domain, product } = target;
  const model = requireProduct(mesh, target);
  const table = model.tableName;
  await using hold = await holdDomains(mesh, [domain], { signal });
  const own = fenceMesh(mesh, hold);
  const history = await mesh.pointers.history(domain, product);
  const id = target.snapshot ?? snapshotBefore(history, table);
  if (id === undefined) throw cliError["nothing-to-roll-back"]({ product: `${domain}/${product}` });
  const served = history.find((entry) => entry.current);
  const chosen = history.find((entry) => entry.id === id && entry.prunedAt === null);
  if (chosen !== undefined && tableOf(chosen) !== table)
    throw cliError["other-major"]({ product: `${domain}/${product}`, snapshot: id, version: chosen.contractVersion });
  if (chosen !== undefined) {
    const fileOf = (snapshot: string) => snapshotFile(mesh.home.snapshotsDir, domain, product, snapshot);
    await verifySnapshot(fileOf(id), table);
    await requireKey(model, { id, file: fileOf(id) }, served && fileOf(served.id));
  }
  const newest = chosen && consentHolder(model, history, chosen);
  const moved =
    chosen === undefined || newest === undefined
      ? await own.pointers.moveTo(domain, product, id)
      : await restorePeople(own, model, { chosen, newest });
  await mesh.onPublish(moved);
  return moved;
}

function requireProduct({ domains }: Mesh, { domain, product }: RollBackTarget): ProductModel {
  const models = domains.flatMap(({ loadedProducts }) => loadedProducts.map(({ model }) => model));
  const name = `${domain}/${product}`;
  const found = models.find(({ id }) => id === name);
  if (found === undefined) throw cliError["unknown-product"]({ name, known: models.map(({ id }) => id) });
  return found;
}

/** In a state without a column of the key GraphQL finds no row, and puts none in order; what is served now may be no better. */
async function requireKey(
  { id: product, key, tableName }: ProductModel,
  chosen: { readonly id: string; readonly file: string },
  served: string | undefined,
): Promise<void> {
  const lackedBy = async (file: string) => {
    const columns = await columnsOfSnapshot(file, tableName);
    return key.filter((column) => !columns.has(column.toLowerCase()));
  };
  const missing = await lackedBy(chosen.file);
  if (missing.length === 0 || served === undefined) return;
  const alreadyMissing = await lackedBy(served).catch(() => key);
  if (missing.some((column) => !alreadyMissing.includes(column)))
    throw cliError["other-key"]({ product, snapshot: chosen.id, missing });
}

/**
 * The state before the one that is served, of those that were computed.
 * A snapshot of another major version has other columns: the contract that is served now could not be kept with it.
 */
function snapshotBefore(history: readonly PastSnapshot[], table: string): string | undefined {
  const current = history.find((entry) => entry.current);
  const position = history.findIndex(({ id }) => id === (current?.restoredFrom ?? current?.id));
  return history
    .slice(position + 1)
    .find((entry) => entry.prunedAt === null && isComputed(entry) && tableOf(entry) === table)?.id;
}

/** The table that a snapshot's file holds. */
function tableOf({ product, contractVersion }: PastSnapshot): string {
  return tableNameOf(product, contractVersion);
}
