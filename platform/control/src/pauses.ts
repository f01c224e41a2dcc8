import type { Clock } from "@thoth/kernel/clock";
import type { ControlPlane } from "./control-plane.ts";
import type { JobRequest } from "./job-queue.ts";

/** Domains and products that nothing starts by itself: what comes due meanwhile is held, and runs once afterwards. */
export interface Pauses {
  /** @returns false when it was paused already */
  pause(target: string): Promise<boolean>;
  /** @returns what was held meanwhile, to be sent again; undefined when it was not paused */
  resume(target: string): Promise<readonly JobRequest[] | undefined>;
  /** Whether the target, or the domain it belongs to, is paused. */
  isPaused(target: string): Promise<boolean>;
  /** Keeps the newest request of a target until it is resumed. */
  hold(request: JobRequest): Promise<void>;
  list(): Promise<PausedTarget[]>;
}

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
    resume: (target) => resume(control, target),
    isPaused: async (target) => {
      const rows = await control.query("select 1 from mesh.pauses where target in ($1, split_part($1, '/', 1))", [
        target,
      ]);
      return rows.length > 0;
    },
    hold: async (request) => {
      await control.query(
        `insert into mesh.held_requests (target, request, held_at) values ($1, $2::jsonb, $3)
         on conflict (target) do update set request = excluded.request, held_at = excluded.held_at`,
        [request.target, JSON.stringify(request), new Date(clock())],
      );
    },
    list: async () => {
      const rows = await control.query<{ target: string; paused_at: Date }>(
        "select target, paused_at from mesh.pauses order by target",
      );
      return rows.map(({ target, paused_at: since }) => ({ target, since: since.getTime() }));
    },
  };
}

function resume(control: ControlPlane, target: string): Promise<readonly JobRequest[] | undefined> {
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
    return held.map(({ request }) => request);
  });
}
