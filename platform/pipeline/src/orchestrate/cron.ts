import { CronExpressionParser } from "cron-parser";
import { pipelineError } from "../errors.ts";
import { leftOutBetween } from "./lost-times.ts";
import { type Schedule, scheduleDefaults } from "./schedule.ts";

/** When a schedule fires. */
export interface Cron {
  /** The first time after `after`, epoch ms. */
  next(after: number): number;
  /** The last time in (after, until]; undefined when there is none. Both epoch ms. */
  lastBetween(after: number, until: number): number | undefined;
}

/**
 * Times are always found by walking forward: where a clock is set forward, what would fall into the lost hour comes an
 * hour later, and where it is set back, what falls into the doubled hour comes once. (Walking backward, the library
 * loses the one and doubles the other.) An expression that fires every few minutes goes on doing so.
 * @param target for messages: `ontrack-learning/units`
 * @throws MeshError `pipeline/bad-cron`, `pipeline/bad-time-zone`
 */
export function parseCron(schedule: Schedule & { readonly cron: string }, target: string): Cron {
  const { cron, timeZone = scheduleDefaults.timeZone } = schedule;
  refuseTimeZone(timeZone, target);
  const walk = (from: number) => CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(from) });
  const next = (after: number) => {
    const found = walk(after).next().getTime();
    return leftOutBetween({ cron, timeZone }, after, found) ?? found;
  };
  try {
    if (cron.trim().split(/\s+/).length !== 5) throw new Error("it has not five fields");
    next(0);
  } catch (cause) {
    throw pipelineError["bad-cron"]({ target, cron, reason: (cause as Error).message }, { cause });
  }
  return {
    next,
    lastBetween: (after, until) => {
      // Of what fires every minute a year has half a million times: the last is looked for near the end first.
      for (const windowMs of windowsMs) {
        const last = lastOf(next, Math.max(after, until - windowMs), until);
        if (last !== undefined || until - windowMs <= after) return last;
      }
      return undefined;
    },
  };
}

const hourMs = 3_600_000;
const windowsMs = [hourMs, 24 * hourMs, 32 * 24 * hourMs, Number.POSITIVE_INFINITY];

function lastOf(next: Cron["next"], after: number, until: number): number | undefined {
  let last: number | undefined;
  for (let at = next(after); at <= until; at = next(at)) last = at;
  return last;
}

function refuseTimeZone(timeZone: string, target: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (cause) {
    throw pipelineError["bad-time-zone"]({ target, timeZone }, { cause });
  }
}
