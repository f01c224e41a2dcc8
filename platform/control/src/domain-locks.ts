import type { Clock } from "@thoth/kernel/clock";
import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import { controlError } from "./errors.ts";
import { presentWorkersSql } from "./worker-presence.ts";

/**
 * A lock as it was taken. Whoever takes the domain after us has a higher token, and from then on nothing that is done
 * under this one counts.
 */
export interface DomainLock {
  readonly domain: string;
  readonly token: number;
}

export type TakeAnswer =
  | { readonly kind: "taken"; readonly lock: DomainLock }
  /** `absent`: its worker cannot be seen at this moment; it may be gone, or its connection may have been dropped. */
  | { readonly kind: "held"; readonly token: number; readonly absent: boolean };

/**
 * The right to write a domain: one run at a time, whichever process it is in. A lock lasts as long as its worker is
 * present, so that a dead process holds up nobody.
 */
export interface DomainLocks {
  /**
   * Takes a lock that is free, and ends as aborted what earlier holders of it left running.
   * @param holder names the run that asks, as two runs of one process must not overlap either
   * @param abandoned the token of a lock that may be taken although it was not given back, if its worker is absent still
   */
  take(domain: string, holder: string, abandoned?: number): Promise<TakeAnswer>;
  /**
   * Gives back a lock that this holder has, or that the server may still give to what this holder has asked before;
   * nothing happens to another's.
   * @param abandoned what it asked for last and heard nothing of: taken from its worker, if that is absent still
   */
  free(domain: string, holder: string, abandoned?: number): Promise<void>;
  /** Domains that somebody alive works on. */
  held(): Promise<string[]>;
  /** Those of these locks that count no more. */
  lost(locks: readonly DomainLock[]): Promise<DomainLock[]>;
}

export function openDomainLocks(control: ControlPlane, clock: Clock): DomainLocks {
  return {
    take: (domain, holder, abandoned) => take(control, { domain, holder, abandoned }, clock()),
    free: async (domain, holder, abandoned) => {
      // By itself: the other statement would not see what a question that is being answered puts there.
      await control.query(firstSql, [domain, new Date(clock())]);
      await control.query(freeSql, [domain, holder, abandoned ?? null]);
    },
    held: async () => {
      const rows = await control.query<{ domain: string }>(
        `select domain from mesh.domain_locks where worker_id in (${presentWorkersSql}) order by domain`,
      );
      return rows.map((row) => row.domain);
    },
    lost: async (locks) => {
      const rows = await control.query<{ domain: string; token: number }>(
        "select domain, token from mesh.domain_locks where worker_id is not null and domain = any($1::text[])",
        [locks.map(({ domain }) => domain)],
      );
      const current = new Map(rows.map(({ domain, token }) => [domain, token]));
      return locks.filter(({ domain, token }) => current.get(domain) !== token);
    },
  };
}

/**
 * Makes sure that a lock counts, and goes on doing so until the transaction ends: nobody can take it until then.
 * @throws MeshError `control/lock-lost`
 */
export async function proveLock(handle: ControlHandle, { domain, token }: DomainLock): Promise<void> {
  const rows = await handle.query(
    "select 1 from mesh.domain_locks where domain = $1 and token = $2 and worker_id is not null for share",
    [domain, token],
  );
  if (rows.length === 0) throw controlError["lock-lost"]({ domain });
}

interface Asker {
  readonly domain: string;
  readonly holder: string;
  readonly abandoned: number | undefined;
}

interface LockRow {
  readonly token: number;
  readonly holder: string | null;
  readonly absent: boolean;
}

async function take(control: ControlPlane, asker: Asker, now: number): Promise<TakeAnswer> {
  const { domain, holder } = asker;
  let lock = await readLock(control, domain);
  if (lock?.holder !== holder && mayTake(lock, asker, control)) {
    await claim(control, asker, { seen: lock?.token, now });
    lock = await readLock(control, domain);
  }
  // A holder that asks again may have been answered before, and did not hear it.
  if (lock?.holder !== holder) return { kind: "held", token: lock?.token ?? 0, absent: lock?.absent ?? false };
  await endEarlier(control, { domain, token: lock.token }, now);
  return { kind: "taken", lock: { domain, token: lock.token } };
}

async function readLock(control: ControlPlane, domain: string): Promise<LockRow | undefined> {
  const [row] = await control.query<LockRow>(
    `select token, holder, worker_id is not null and worker_id not in (${presentWorkersSql}) as absent
     from mesh.domain_locks where domain = $1`,
    [domain],
  );
  return row;
}

/** On the embedded store whoever is absent is dead: no connection can have been dropped. */
function mayTake(lock: LockRow | undefined, { abandoned }: Asker, { kind }: ControlPlane): boolean {
  if (lock === undefined || lock.holder === null) return true;
  return lock.absent && (kind === "embedded" || lock.token === abandoned);
}

const insertSql = `insert into mesh.domain_locks (domain, holder, worker_id, taken_at, token)
  values ($1, $2, $3::bigint, $4, 1) on conflict (domain) do nothing`;

/**
 * A statement may reach the server, or end there, long after its sender gave it up and gave the lock back. So it takes
 * the lock as it was seen only, and waits for nobody: where another connection is at it, it is held.
 */
const claimSql = `with free as (
    select domain from mesh.domain_locks
    where domain = $1 and token = $5 and (worker_id is null or worker_id not in (${presentWorkersSql}))
    for update skip locked
  ) update mesh.domain_locks as lock
  set holder = $2, worker_id = $3::bigint, taken_at = $4, token = lock.token + 1
  from free where lock.domain = free.domain`;

async function claim(
  control: ControlPlane,
  { domain, holder }: Asker,
  { seen, now }: { readonly seen: number | undefined; readonly now: number },
): Promise<void> {
  const values = [domain, holder, control.workerId, new Date(now)];
  if (seen === undefined) await control.query(insertSql, values);
  else await control.query(claimSql, [...values, seen]);
}

/** What the ledger says of a run that was ended because its lock was taken from it. */
export function endedForLater(domain: string): string {
  return `another run of ${domain} began before this one had ended: its worker was out of sight`;
}

/** What earlier holders left running. */
async function endEarlier(control: ControlPlane, { domain, token }: DomainLock, now: number): Promise<void> {
  await control.query(
    `update mesh.runs set status = 'aborted', completed_at = $3, failure_class = 'system', failure_message = $4
     where domain = $1 and completed_at is null
       and run_id in (select run_id from mesh.run_intake where lock_token < $2)`,
    [domain, token, new Date(now), endedForLater(domain)],
  );
}

/** Waits for a question that is about to give the domain its first lock. */
const firstSql = `insert into mesh.domain_locks (domain, taken_at, token) values ($1, $2, 1) on conflict (domain) do nothing`;

/** Gives a lock that is free another token: a question from before, answered later, takes nothing. */
const freeSql = `update mesh.domain_locks set holder = null, worker_id = null, token = token + 1
  where domain = $1 and (holder = $2 or worker_id is null
    or (token = $3::bigint and worker_id not in (${presentWorkersSql})))`;
