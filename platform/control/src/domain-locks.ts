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
  /** Gives back a lock that this holder has; nothing happens to another's. */
  free(domain: string, holder: string): Promise<void>;
  /** Domains that somebody alive works on. */
  held(): Promise<string[]>;
  /** Those of these locks that count no more. */
  lost(locks: readonly DomainLock[]): Promise<DomainLock[]>;
}

export function openDomainLocks(control: ControlPlane, clock: Clock): DomainLocks {
  return {
    take: (domain, holder, abandoned) => take(control, { domain, holder, abandoned }, clock()),
    free: async (domain, holder) => {
      await control.query(
        "update mesh.domain_locks set holder = null, worker_id = null where domain = $1 and holder = $2",
        [domain, holder],
      );
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
 * Makes sure that a lock counts, and goes on doing so until the transaction ends: who would take it waits until then.
 * @throws MeshError `control/lock-lost`
 */
export async function proveLock(handle: ControlHandle, { domain, token }: DomainLock): Promise<void> {
  const rows = await handle.query(
    "select 1 from mesh.domain_locks where domain = $1 and token = $2 and worker_id is not null for share",
    [domain, token],
  );
  if (rows.length === 0) throw controlError["lock-lost"]({ domain });
}

/**
 * A holder that asks again has been answered before, and did not hear it. On the embedded store whoever is absent is
 * dead: no connection can have been dropped.
 */
const takeSql = `with taken as (
  insert into mesh.domain_locks as lock (domain, holder, worker_id, taken_at, token) values ($1, $2, $3::bigint, $4, 1)
  on conflict (domain) do update
  set holder = excluded.holder, worker_id = excluded.worker_id, taken_at = excluded.taken_at,
    token = case when lock.holder = excluded.holder then lock.token else lock.token + 1 end
  where lock.worker_id is null or lock.holder = excluded.holder
    or (lock.worker_id not in (${presentWorkersSql}) and ($5::boolean or lock.token = $6::bigint))
  returning token
), ended as (
  update mesh.runs set status = 'aborted', completed_at = $4, failure_class = 'system', failure_message = $7
  where domain = $1 and completed_at is null
    and run_id in (select run_id from mesh.run_intake where lock_token < (select token from taken))
) select token from taken`;

interface Asker {
  readonly domain: string;
  readonly holder: string;
  readonly abandoned: number | undefined;
}

async function take(control: ControlPlane, { domain, holder, abandoned }: Asker, now: number): Promise<TakeAnswer> {
  const [taken] = await control.query<{ token: number }>(takeSql, [
    domain,
    holder,
    control.workerId,
    new Date(now),
    control.kind === "embedded",
    abandoned ?? null,
    `another run of ${domain} began before this one had ended: its worker was out of sight`,
  ]);
  if (taken !== undefined) return { kind: "taken", lock: { domain, token: taken.token } };
  const [row] = await control.query<{ token: number; absent: boolean }>(
    `select token, worker_id is not null and worker_id not in (${presentWorkersSql}) as absent
     from mesh.domain_locks where domain = $1`,
    [domain],
  );
  return { kind: "held", token: row?.token ?? 0, absent: row?.absent ?? false };
}
