import type { Clock } from "@thoth/kernel/clock";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { ControlHandle, ControlPlane, ControlValue } from "./control-plane.ts";
import { type DomainLock, proveLock } from "./domain-locks.ts";
import { controlError } from "./errors.ts";
import {
  dateOf,
  insertSnapshotSql,
  type SnapshotRow,
  snapshotFromRow,
  snapshotValues,
  timeOf,
} from "./snapshot-rows.ts";

/** What a product serves now. The watermark is the pointer's: it moves on when a run finds the rows unchanged. */
export interface CurrentSnapshot extends Snapshot {
  /** When a run last found that this is how the product should be, epoch ms. */
  readonly checkedAt: number;
}

export interface PastSnapshot extends Snapshot {
  /** Whether the product serves it now. */
  readonly current: boolean;
  /** When its file was removed, epoch ms; null while it can be gone back to. */
  readonly prunedAt: number | null;
}

/**
 * Which snapshot each product serves. Readers see the old or the new one, never a mix. Whoever works under a lock names
 * it: where that counts no more, nothing is changed (`control/lock-lost`).
 */
export interface SnapshotPointers {
  /** Records the snapshot and makes it current, both or neither. @throws MeshError `control/snapshot-exists` */
  publish(snapshot: Snapshot, lock?: DomainLock): Promise<CurrentSnapshot>;
  /** Notes that a run found the current rows still right. @throws MeshError `control/never-published` */
  touch(domain: string, product: string, watermark: number | null, lock?: DomainLock): Promise<CurrentSnapshot>;
  /** Goes back (or forth) to a snapshot. @throws MeshError `control/unknown-snapshot`, `control/snapshot-pruned` */
  moveTo(domain: string, product: string, snapshotId: string, lock?: DomainLock): Promise<CurrentSnapshot>;
  /** Ordered by domain and product. */
  current(): Promise<CurrentSnapshot[]>;
  currentOf(domain: string, product: string): Promise<CurrentSnapshot | undefined>;
  /** Every snapshot of a product, the one published last first. */
  history(domain: string, product: string): Promise<PastSnapshot[]>;
  /** Every snapshot whose file is there, by domain and product, the one published last first. */
  kept(): Promise<PastSnapshot[]>;
  /** What each product served at an instant, epoch ms, by domain and product; without those first published later. */
  servedAt(instant: number): Promise<PastSnapshot[]>;
  /** Notes that a snapshot's file is gone. @throws MeshError `control/unknown-snapshot`, `control/snapshot-in-use` */
  markPruned(domain: string, product: string, snapshotId: string, lock?: DomainLock): Promise<void>;
}

export function openSnapshotPointers(control: ControlPlane, clock: Clock): SnapshotPointers {
  return {
    publish: (snapshot, lock) => publish(proving(control, lock), snapshot, clock()),
    touch: (domain, product, watermark, lock) => touch(proving(control, lock), { domain, product, watermark }, clock()),
    moveTo: (domain, product, snapshotId, lock) =>
      moveTo(proving(control, lock), { domain, product, snapshotId }, clock()),
    current: async () =>
      (await control.query<PointerRow>(`${currentSql} order by domain, product`)).map(currentFromRow),
    currentOf: (domain, product) => currentOf(control, domain, product),
    history: (domain, product) =>
      list(control, "where domain = $1 and product = $2 order by published_at desc, id desc", [domain, product]),
    kept: () => list(control, "where pruned_at is null order by domain, product, published_at desc, id desc", []),
    servedAt: (instant) => list(control, servedAtSql, [new Date(instant)]),
    markPruned: (domain, product, snapshotId, lock) =>
      markPruned(proving(control, lock), { domain, product, snapshotId }, clock()),
  };
}

type PointerRow = SnapshotRow & { pointer_watermark: Date | null; checked_at: Date };
type HistoryRow = SnapshotRow & { is_current: boolean };

interface SnapshotName {
  readonly domain: string;
  readonly product: string;
  readonly snapshotId: string;
}

const currentSql = `
  select snapshots.*, pointers.watermark as pointer_watermark, pointers.checked_at
  from mesh.pointers join mesh.snapshots using (domain, product) where snapshots.id = pointers.snapshot_id`;

type Transactions = Pick<ControlPlane, "transaction">;

/** Transactions that begin with the proof of a lock, where there is one. */
function proving(control: ControlPlane, lock: DomainLock | undefined): Transactions {
  if (lock === undefined) return control;
  return {
    transaction: (work) =>
      control.transaction(async (handle) => {
        await proveLock(handle, lock);
        return work(handle);
      }),
  };
}

async function publish(control: Transactions, snapshot: Snapshot, now: number): Promise<CurrentSnapshot> {
  await control.transaction(async (handle) => {
    const inserted = await handle.query(insertSnapshotSql, snapshotValues(snapshot));
    if (inserted.length === 0) throw controlError["snapshot-exists"]({ snapshotId: snapshot.id });
    const { id: snapshotId, domain, product, watermark, publishedAt } = snapshot;
    // the time that people are told is one that they can ask for
    await point(handle, { domain, product, snapshotId }, { watermark: dateOf(watermark), now, movedAt: publishedAt });
  });
  return { ...snapshot, checkedAt: now };
}

async function touch(
  control: Transactions,
  { domain, product, watermark }: { domain: string; product: string; watermark: number | null },
  now: number,
): Promise<CurrentSnapshot> {
  return control.transaction(async (handle) => {
    await handle.query("update mesh.pointers set watermark = $3, checked_at = $4 where domain = $1 and product = $2", [
      domain,
      product,
      dateOf(watermark),
      new Date(now),
    ]);
    const current = await currentOf(handle, domain, product);
    if (current === undefined) throw controlError["never-published"]({ product: `${domain}/${product}` });
    return current;
  });
}

async function moveTo(control: Transactions, name: SnapshotName, now: number): Promise<CurrentSnapshot> {
  return control.transaction(async (handle) => {
    const snapshot = await lockSnapshot(handle, name);
    if (snapshot.pruned_at !== null) throw controlError["snapshot-pruned"](inWords(name));
    await point(handle, name, { watermark: snapshot.watermark, now, movedAt: now });
    return { ...snapshotFromRow(snapshot), checkedAt: now };
  });
}

async function markPruned(control: Transactions, name: SnapshotName, now: number): Promise<void> {
  await control.transaction(async (handle) => {
    const snapshot = await lockSnapshot(handle, name);
    const current = await currentOf(handle, name.domain, name.product);
    if (current?.id === snapshot.id) throw controlError["snapshot-in-use"](inWords(name));
    await handle.query("update mesh.snapshots set pruned_at = coalesce(pruned_at, $2) where id = $1", [
      snapshot.id,
      new Date(now),
    ]);
  });
}

async function currentOf(handle: ControlHandle, domain: string, product: string): Promise<CurrentSnapshot | undefined> {
  const [row] = await handle.query<PointerRow>(`${currentSql} and domain = $1 and product = $2`, [domain, product]);
  return row && currentFromRow(row);
}

const servedAtSql = `
  where id in (
    select distinct on (domain, product) snapshot_id from mesh.pointer_moves
    where moved_at <= $1 order by domain, product, moved_at desc, sequence desc)
  order by domain, product`;

/** @param which of the snapshots, and in which order */
async function list(control: ControlPlane, which: string, values: readonly ControlValue[]): Promise<PastSnapshot[]> {
  const rows = await control.query<HistoryRow>(
    `select snapshots.*, exists (select from mesh.pointers where snapshot_id = snapshots.id) as is_current
     from mesh.snapshots ${which}`,
    values,
  );
  return rows.map((row) => ({
    ...snapshotFromRow(row),
    current: row.is_current,
    prunedAt: timeOf(row.pruned_at),
  }));
}

async function point(
  handle: ControlHandle,
  { domain, product, snapshotId }: SnapshotName,
  { watermark, now, movedAt }: { watermark: Date | null; now: number; movedAt: number },
): Promise<void> {
  await handle.query(
    `insert into mesh.pointers (domain, product, snapshot_id, watermark, checked_at) values ($1, $2, $3, $4, $5)
     on conflict (domain, product) do update
     set snapshot_id = excluded.snapshot_id, watermark = excluded.watermark, checked_at = excluded.checked_at`,
    [domain, product, snapshotId, watermark, new Date(now)],
  );
  await handle.query(
    "insert into mesh.pointer_moves (domain, product, snapshot_id, moved_at) values ($1, $2, $3, $4)",
    [domain, product, snapshotId, new Date(movedAt)],
  );
}

/** Locked, so that no snapshot is pruned while a pointer moves to it. */
async function lockSnapshot(handle: ControlHandle, name: SnapshotName): Promise<SnapshotRow> {
  const [row] = await handle.query<SnapshotRow>(
    "select * from mesh.snapshots where domain = $1 and product = $2 and id = $3 for update",
    [name.domain, name.product, name.snapshotId],
  );
  if (row === undefined) throw controlError["unknown-snapshot"](inWords(name));
  return row;
}

function currentFromRow(row: PointerRow): CurrentSnapshot {
  const snapshot = snapshotFromRow({ ...row, watermark: row.pointer_watermark });
  return { ...snapshot, checkedAt: row.checked_at.getTime() };
}

function inWords({ domain, product, snapshotId }: SnapshotName): { product: string; snapshotId: string } {
  return { product: `${domain}/${product}`, snapshotId };
}
