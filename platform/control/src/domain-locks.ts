import type { Clock } from "@thoth/kernel/clock";
import type { ControlPlane } from "./control-plane.ts";
import { presentWorkersSql } from "./worker-presence.ts";

/**
 * The right to write a domain: one run at a time, whichever process it is in. A lock lasts as long as its worker is
 * present, so that a dead process holds up nobody.
 */
export interface DomainLocks {
  /**
   * Takes a lock that is free, or whose worker is gone.
   * @param holder names the run that asks, as two runs of one process must not overlap either
   * @returns false when somebody alive has it
   */
  take(domain: string, holder: string): Promise<boolean>;
  /** Gives back a lock that this holder has; nothing happens to another's. */
  free(domain: string, holder: string): Promise<void>;
  /** Domains that somebody alive works on. */
  held(): Promise<string[]>;
}

export function openDomainLocks(control: ControlPlane, clock: Clock): DomainLocks {
  return {
    take: async (domain, holder) => {
      const rows = await control.query(
        `insert into mesh.domain_locks as lock (domain, holder, worker_id, taken_at) values ($1, $2, $3::bigint, $4)
         on conflict (domain) do update
         set holder = excluded.holder, worker_id = excluded.worker_id, taken_at = excluded.taken_at
         where lock.worker_id not in (${presentWorkersSql}) returning domain`,
        [domain, holder, control.workerId, new Date(clock())],
      );
      return rows.length > 0;
    },
    free: async (domain, holder) => {
      await control.query("delete from mesh.domain_locks where domain = $1 and holder = $2", [domain, holder]);
    },
    held: async () => {
      const rows = await control.query<{ domain: string }>(
        `select domain from mesh.domain_locks where worker_id in (${presentWorkersSql}) order by domain`,
      );
      return rows.map((row) => row.domain);
    },
  };
}
