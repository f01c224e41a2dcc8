import type { Clock } from "@thoth/kernel/clock";
import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import { advisoryLock } from "./worker-presence.ts";

/** Things of one kind that are changed seldom, read whole, and never forgotten: agreements, keys. */
export interface AccessRecords<Entry extends { readonly id: string }> {
  /** In the order in which they were added. */
  list(): Promise<Entry[]>;
  /** All that was ever done to one, oldest first. */
  history(id: string): Promise<AccessChange<Entry>[]>;
  /**
   * Makes the changes that are decided on from what there is, all of them or none, one caller after another.
   * @param decide throws when nothing should be changed
   * @param beforeCommit when it rejects, nothing is changed
   * @returns the records as they were written
   */
  change(
    decide: (entries: readonly Entry[]) => readonly AccessWrite<Entry>[],
    beforeCommit?: (writes: readonly AccessWrite<Entry>[]) => Promise<void>,
  ): Promise<Entry[]>;
}

export interface AccessWrite<Entry> {
  readonly entry: Entry;
  /** `requested`, `granted` */
  readonly action: string;
  /** Who did it. */
  readonly actor: string;
  /** In that person's words; may be empty. */
  readonly reason: string;
}

export interface AccessChange<Entry> extends AccessWrite<Entry> {
  /** Epoch ms. */
  readonly at: number;
}

export type AccessRecordKind = "agreement" | "service-key";

export function openAccessRecords<Entry extends { readonly id: string }>(
  control: ControlPlane,
  kind: AccessRecordKind,
  clock: Clock,
): AccessRecords<Entry> {
  return {
    list: () => listRecords(control, kind),
    history: (id) => historyOf(control, kind, id),
    change: (decide, beforeCommit) =>
      control.transaction(async (handle) => {
        await handle.query("select pg_advisory_xact_lock($1::int, 0)", [advisoryLock.access]);
        const writes = decide(await listRecords<Entry>(handle, kind));
        const at = new Date(clock());
        for (const write of writes) await put(handle, kind, { ...write, at });
        await beforeCommit?.(writes);
        return writes.map(({ entry }) => entry);
      }),
  };
}

/** @param handle may be a transaction, so that records of both kinds are read as of one moment */
export async function listRecords<Entry>(handle: ControlHandle, kind: AccessRecordKind): Promise<Entry[]> {
  const rows = await handle.query<{ body: Entry }>(
    `select body from mesh.access_records record where kind = $1 order by
     (select min(sequence) from mesh.access_history change where change.kind = record.kind and change.id = record.id)`,
    [kind],
  );
  return rows.map(({ body }) => body);
}

/** A number that grows with every change of anything: changes are made one after another. */
export async function accessRevision(handle: ControlHandle): Promise<number> {
  const [row] = await handle.query<{ revision: number }>(
    "select coalesce(max(sequence), 0) as revision from mesh.access_history",
  );
  return Number(row?.revision);
}

async function put<Entry extends { readonly id: string }>(
  handle: ControlHandle,
  kind: AccessRecordKind,
  { entry, action, actor, reason, at }: AccessWrite<Entry> & { readonly at: Date },
): Promise<void> {
  const body = JSON.stringify(entry);
  await handle.query(
    `insert into mesh.access_records (kind, id, body) values ($1, $2, $3::jsonb)
     on conflict (kind, id) do update set body = excluded.body`,
    [kind, entry.id, body],
  );
  await handle.query(
    `insert into mesh.access_history (kind, id, action, actor, reason, at, body)
     values ($1, $2, $3, $4, $5, $6, $7::jsonb)`,
    [kind, entry.id, action, actor, reason, at, body],
  );
}

interface ChangeRow<Entry> {
  readonly action: string;
  readonly actor: string;
  readonly reason: string;
  readonly at: Date;
  readonly body: Entry;
}

async function historyOf<Entry>(
  handle: ControlHandle,
  kind: AccessRecordKind,
  id: string,
): Promise<AccessChange<Entry>[]> {
  const rows = await handle.query<ChangeRow<Entry>>(
    "select action, actor, reason, at, body from mesh.access_history where kind = $1 and id = $2 order by sequence",
    [kind, id],
  );
  return rows.map(({ body, at, ...row }) => ({ ...row, entry: body, at: at.getTime() }));
}
