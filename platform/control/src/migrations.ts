import type { ControlHandle, ControlStore } from "./control-plane.ts";
import { controlError } from "./errors.ts";
import { accessRecordsMigration } from "./migrations/access-records.ts";
import { lockTokensMigration } from "./migrations/lock-tokens.ts";
import { orchestrationMigration } from "./migrations/orchestration-tables.ts";
import { pointerMovesMigration } from "./migrations/pointer-moves.ts";
import { publishMarksMigration } from "./migrations/publish-marks.ts";
import { qualityMigration } from "./migrations/quality-tables.ts";
import { restoredSnapshotsMigration } from "./migrations/restored-snapshots.ts";
import { runLedgerMigration } from "./migrations/run-ledger-tables.ts";
import { runOrderMigration } from "./migrations/run-order.ts";
import { snapshotMigration } from "./migrations/snapshot-tables.ts";
import { usagePortsMigration } from "./migrations/usage-ports.ts";
import { usageMigration } from "./migrations/usage-tables.ts";
import { webhookMigration } from "./migrations/webhook-tables.ts";
import { advisoryLock } from "./worker-presence.ts";

/** One step of the schema's history. A released step never changes: what comes later is a new step. */
export interface Migration {
  /** Orders the steps: `0001-run-ledger`. */
  readonly name: string;
  readonly script: string;
}

const released: readonly Migration[] = [
  runLedgerMigration,
  snapshotMigration,
  usageMigration,
  orchestrationMigration,
  qualityMigration,
  pointerMovesMigration,
  accessRecordsMigration,
  usagePortsMigration,
  webhookMigration,
  restoredSnapshotsMigration,
  lockTokensMigration,
  publishMarksMigration,
  runOrderMigration,
];

/**
 * Applies the steps that the store has not seen, all or none. Processes that start together wait for each other.
 * @throws MeshError `control/newer-schema`, `control/migration-failed`
 */
export async function migrate(store: ControlStore, migrations: readonly Migration[] = released): Promise<void> {
  await store.transaction(async (handle) => {
    await handle.query("select pg_advisory_xact_lock($1::int, 0)", [advisoryLock.migration]);
    await change("journal", () => handle.execute(journalScript));
    const applied = new Set((await handle.query<Migration>("select name from mesh.migrations")).map((row) => row.name));
    refuseNewer(applied, migrations);
    for (const migration of migrations) if (!applied.has(migration.name)) await apply(handle, migration);
  }, slowestMs);
}

/** Changing a large table takes its time, and so does waiting for whoever does it, milliseconds. */
const slowestMs = 3_600_000;

const journalScript = `
  create schema if not exists mesh;
  create table if not exists mesh.migrations (
    name text primary key,
    applied_at timestamptz not null default now()
  );`;

function refuseNewer(applied: ReadonlySet<string>, migrations: readonly Migration[]): void {
  const known = new Set(migrations.map(({ name }) => name));
  const newest = [...applied.difference(known)].toSorted().at(-1);
  if (newest !== undefined) throw controlError["newer-schema"]({ migration: newest });
}

async function apply(handle: ControlHandle, { name, script }: Migration): Promise<void> {
  await change(name, () => handle.execute(script));
  await handle.query("insert into mesh.migrations (name) values ($1)", [name]);
}

async function change(migration: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw controlError["migration-failed"]({ migration, reason: (cause as Error).message }, { cause });
  }
}
