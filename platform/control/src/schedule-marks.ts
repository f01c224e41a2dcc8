import type { ControlPlane } from "./control-plane.ts";

/** Up to when each schedule has fired. Two workers that look at the same moment fire it once. */
export interface ScheduleMarks {
  /** Epoch ms; a schedule that is seen for the first time is marked with `now`, so that it owes nothing from before. */
  firedUntil(target: string, now: number): Promise<number>;
  /** @returns false when another worker has moved the mark in the meantime */
  advance(target: string, from: number, to: number): Promise<boolean>;
}

export function openScheduleMarks(control: ControlPlane): ScheduleMarks {
  return {
    firedUntil: async (target, now) => {
      await control.query(
        "insert into mesh.schedule_marks (target, fired_until) values ($1, $2) on conflict do nothing",
        [target, new Date(now)],
      );
      const [row] = await control.query<{ fired_until: Date }>(
        "select fired_until from mesh.schedule_marks where target = $1",
        [target],
      );
      return row?.fired_until.getTime() ?? now;
    },
    advance: async (target, from, to) => {
      const rows = await control.query(
        "update mesh.schedule_marks set fired_until = $3 where target = $1 and fired_until = $2 returning target",
        [target, new Date(from), new Date(to)],
      );
      return rows.length > 0;
    },
  };
}
