import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { ControlValue } from "./control-plane.ts";

/** A row of `mesh.snapshots`. */
export interface SnapshotRow {
  readonly id: string;
  readonly domain: string;
  readonly product: string;
  readonly contract_version: string;
  readonly row_count: number;
  readonly size_bytes: number;
  readonly published_at: Date;
  readonly watermark: Date | null;
  readonly run_id: string;
  readonly pruned_at: Date | null;
  readonly restored_from: string | null;
}

export const insertSnapshotSql = `
  insert into mesh.snapshots
    (id, domain, product, contract_version, row_count, size_bytes, published_at, watermark, run_id, restored_from)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing returning id`;

/** What `insertSnapshotSql` binds. */
export function snapshotValues(snapshot: Snapshot): ControlValue[] {
  const { id, domain, product, contractVersion, rowCount, sizeBytes, publishedAt, watermark, runId } = snapshot;
  const times = [new Date(publishedAt), dateOf(watermark)];
  return [id, domain, product, contractVersion, rowCount, sizeBytes, ...times, runId, snapshot.restoredFrom ?? null];
}

export function snapshotFromRow(row: SnapshotRow): Snapshot {
  return {
    id: row.id,
    domain: row.domain,
    product: row.product,
    contractVersion: row.contract_version,
    rowCount: row.row_count,
    sizeBytes: row.size_bytes,
    publishedAt: row.published_at.getTime(),
    watermark: timeOf(row.watermark),
    runId: row.run_id,
    ...(row.restored_from !== null && { restoredFrom: row.restored_from }),
  };
}

export function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}

export function timeOf(date: Date | null): number | null {
  return date === null ? null : date.getTime();
}
