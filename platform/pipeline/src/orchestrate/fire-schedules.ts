import type { JobQueue } from "@thoth/control/job-queue";
import { openScheduleMarks } from "@thoth/control/schedule-marks";
import type { Mesh } from "../mesh.ts";
import { parseCron } from "./cron.ts";
import { scheduledTargets } from "./targets.ts";

/**
 * Sends what has come due since the last look. What came due several times, or while no worker lived, runs once. The
 * mark moves behind the sending: a crash between the two sends again, and a target waits once only.
 * @returns the targets that were sent
 */
export async function fireSchedules(
  { control, clock, domains }: Pick<Mesh, "control" | "clock" | "domains">,
  queue: Pick<JobQueue, "send">,
): Promise<string[]> {
  const marks = openScheduleMarks(control);
  const fired: string[] = [];
  for (const { target, schedule } of scheduledTargets(domains)) {
    const { cron } = schedule;
    if (cron === undefined) continue;
    const now = clock();
    const until = await marks.firedUntil(target, now);
    const due = parseCron({ ...schedule, cron }, target).lastBetween(until, now);
    if (due === undefined) continue;
    await queue.send({ target, trigger: "schedule", attempt: 1 });
    if (await marks.advance(target, until, due)) fired.push(target);
  }
  return fired;
}
