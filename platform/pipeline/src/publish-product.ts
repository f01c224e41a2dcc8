import type { ProductModel } from "@thoth/contract/product-model";
import { timeOrderedId } from "@thoth/kernel/ids";
import { type RowChanges, writeSnapshot } from "@thoth/warehouse/publish-snapshot";
import { countRows } from "@thoth/warehouse/row-changes";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import { stagedTable } from "./check.ts";
import { pipelineError } from "./errors.ts";
import type { JobContext, JobOutcome } from "./job-context.ts";
import { pruneProduct } from "./prune-product.ts";

/**
 * Writes the staged rows into a snapshot of their own and makes it current. Until the pointer has moved, whatever
 * happens leaves the old one serving; a file without a pointer is removed before the next publish.
 */
export async function publishProduct(
  model: ProductModel,
  watermark: number | null,
  { mesh, engine, runId, signal }: JobContext,
): Promise<Snapshot> {
  const { domain, product, version: contractVersion, tableName } = model;
  await pruneProduct(mesh, domain, product);
  const publishedAt = mesh.clock();
  const id = timeOrderedId(publishedAt);
  const written = await writeSnapshot(engine, {
    file: snapshotFile(mesh.home.snapshotsDir, domain, product, id),
    select: `SELECT * FROM ${stagedTable(model)}`,
    table: tableName,
    orderBy: model.key,
    key: model.key,
  });
  const staged = await countRows(engine, stagedTable(model));
  if (written.rowCount !== staged) {
    const counted = { what: `a snapshot of ${model.id}`, expected: staged, found: written.rowCount };
    throw pipelineError["counts-differ"]({ ...counted, how: "as many as were staged" });
  }
  signal.throwIfAborted();
  const snapshot = { id, domain, product, contractVersion, ...written, publishedAt, watermark, runId };
  const published = await mesh.pointers.publish(snapshot);
  await mesh.onPublish(published);
  return snapshot;
}

/**
 * Leaves a snapshot current and notes how complete it is now.
 * @param tell whether readers are told even when nothing they show has changed: one may have missed the snapshot itself
 */
export async function keepSnapshot(
  current: Snapshot,
  watermark: number | null,
  { tell }: { readonly tell: boolean },
  { mesh }: JobContext,
): Promise<void> {
  const touched = await mesh.pointers.touch(current.domain, current.product, watermark);
  if (tell || watermark !== current.watermark) await mesh.onPublish(touched);
}

export const noChanges: RowChanges = { rowCount: 0, inserted: 0, updated: 0, deleted: 0 };

export function describeRows(
  snapshot: Snapshot,
  changes: RowChanges,
): Pick<
  JobOutcome,
  "rowsRead" | "rowsInserted" | "rowsUpdated" | "rowsDeleted" | "rowsRejected" | "rowCountAfter" | "snapshotId"
> {
  return {
    rowsRead: changes.rowCount,
    rowsInserted: changes.inserted,
    rowsUpdated: changes.updated,
    rowsDeleted: changes.deleted,
    rowsRejected: 0,
    rowCountAfter: snapshot.rowCount,
    snapshotId: snapshot.id,
  };
}
