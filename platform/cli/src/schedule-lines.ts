import { readDeadJobs, readQueuedJobs } from "@thoth/control/job-queue-tables";
import { openPauses } from "@thoth/control/pauses";
import type { Domain } from "@thoth/pipeline/domain";
import { parseCron } from "@thoth/pipeline/orchestrate/cron";
import { type Schedule, scheduleDefaults } from "@thoth/pipeline/orchestrate/schedule";
import { scheduledTargets } from "@thoth/pipeline/orchestrate/targets";
import type { ScheduleLine } from "./desk-call.ts";
import type { StorySources } from "./run-story.ts";

const shownFires = 3;

/** What starts by itself, when next, and what is in its way. Targets that only wait in the queue, or were given up, are listed, too. */
export async function listSchedules(
  domains: readonly Domain[],
  { control, clock }: StorySources,
): Promise<readonly ScheduleLine[]> {
  const paused = await openPauses(control, clock).list();
  const jobs = await readQueuedJobs(control);
  const dead = new Map((await readDeadJobs(control)).map(({ request, reason }) => [request.target, reason]));
  const declared = new Map(scheduledTargets(domains).map(({ target, schedule }) => [target, schedule]));
  const targets = new Set([
    ...declared.keys(),
    ...paused.map(({ target }) => target),
    ...jobs.map(({ request }) => request.target),
    ...dead.keys(),
  ]);
  return [...targets].sort().map((target) => {
    const own = jobs.filter(({ request }) => request.target === target);
    const waiting = own.find(({ state }) => state === "waiting");
    const holds = (name: string) => target === name || target.startsWith(`${name}/`);
    return {
      target,
      ...describe(declared.get(target) ?? {}, target, clock()),
      pausedSince: paused.find((entry) => holds(entry.target))?.since ?? null,
      waiting:
        waiting === undefined
          ? null
          : { trigger: waiting.request.trigger, attempt: waiting.request.attempt, from: waiting.startAfter },
      active: own.some(({ state }) => state === "active"),
      givenUp: dead.get(target) ?? null,
    };
  });
}

function describe(schedule: Schedule, target: string, now: number) {
  const { cron, timeZone = scheduleDefaults.timeZone, onPublish = [], onEvent = [] } = schedule;
  return {
    cron: cron ?? null,
    timeZone: cron === undefined ? null : timeZone,
    next: cron === undefined ? [] : nextFires({ ...schedule, cron }, target, now),
    onPublish,
    onEvent,
  };
}

function nextFires(schedule: Schedule & { readonly cron: string }, target: string, now: number): number[] {
  const { next } = parseCron(schedule, target);
  const times: number[] = [];
  for (let at = now; times.length < shownFires; times.push(at)) at = next(at);
  return times;
}
