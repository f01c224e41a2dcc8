import type { Clock } from "@thoth/kernel/clock";
import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import type { JobRequest } from "./job-queue.ts";

/** Domains and products that nothing starts by itself: what comes due meanwhile is held, and runs once afterwards. */
export interface Pauses {
  /** @returns false when it was paused already */
  pause(target: string): Promise<boolean>;
  /**
   * @param send sends again what was held meanwhile, in the transaction in which that is given back
   * @returns what was sent; undefined when it was not paused
   */
  resume(target: string, send: SendHeld): Promise<readonly JobRequest[] | undefined>;
  /**
   * Keeps a request, the newest of its target, until that is resumed.
   * @returns false when neither the target nor the domain it belongs to is paused: then nothing is kept
   */
  holdIfPaused(request: JobRequest): Promise<boolean>;
  list(): Promise<PausedTarget[]>;
}

export type SendHeld = (request: JobRequest, handle: ControlHandle) => Promise<unknown>;

export interface PausedTarget {
  readonly target: string;
  /** Epoch ms. */
  readonly since: number;
}

export function openPauses(control: ControlPlane, clock: Clock): Pauses {
  return {
    pause: async (target) => {
      const rows = await control.query(
        "insert into mesh.pauses (target, paused_at) values ($1, $2) on conflict do nothing returning target",
        [target, new Date(clock())],
      );
      return rows.length > 0;
    },
    resume: (target, send) => resume(control, target, send),
    holdIfPaused: async (request) => {
      const rows = await control.query(
        `with paused as (
           -- Whoever resumes it now waits, and then finds what is held here.
           select 1 from mesh.pauses where target in ($1, split_part($1, '/', 1)) limit 1 for update
         )
         insert into mesh.held_requests (target, request, held_at) select $1, $2::jsonb, $3 from paused
         on conflict (target) do update set request = excluded.request, held_at = excluded.held_at returning target`,
        [request.target, JSON.stringify(request), new Date(clock())],
      );
      return rows.length > 0;
    },
    list: async () => {
      const rows = await control.query<{ target: string; paused_at: Date }>(
        "select target, paused_at from mesh.pauses order by target",
      );
      return rows.map(({ target, paused_at: since }) => ({ target, since: since.getTime() }));
    },
  };
}

function resume(control: ControlPlane, target: string, send: SendHeld): Promise<readonly JobRequest[] | undefined> {
  return control.transaction(async (handle) => {
    const paused = await handle.query("delete from mesh.pauses where target = $1 returning target", [target]);
    if (paused.length === 0) return undefined;
    const held = await handle.query<{ request: JobRequest }>(
      `delete from mesh.held_requests held
       where (target = $1 or split_part(target, '/', 1) = $1)
         and not exists (select 1 from mesh.pauses where target in (held.target, split_part(held.target, '/', 1)))
       returning request`,
      [target],
    );
    for (const { request } of held) await send(request, handle);
    return held.map(({ request }) => request);
  });
}
