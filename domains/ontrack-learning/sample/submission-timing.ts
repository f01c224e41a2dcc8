import type { Random } from "@thoth/testing/random";
import { type Day, dayMs, hourMs, type Instant, instantAt } from "./melbourne-time.ts";
import { rankOf, valueAt } from "./observed-curve.ts";
import { latenessCurve } from "./open-university.ts";

/**
 * When a student first hands a piece of work in: early or late as observed, the diligent on the early side.
 * @param diligence standard normal
 */
export function firstSubmissionAt(startDay: Day, targetDay: Day, diligence: number, random: Random): Instant {
  const tardiness = -0.55 * diligence + random.normal(0, 0.84);
  const days = Math.round(valueAt(latenessCurve, rankOf(tardiness)));
  return instantAt(Math.max(targetDay + days * dayMs, startDay + dayMs), timeOfDay(random));
}

/** Melbourne time of day, ms: mostly in the evening. */
export function timeOfDay(random: Random): number {
  const hour = random.chance(0.3) ? random.normal(13, 2.5) : random.normal(20, 2.4);
  return Math.min(23.95, Math.max(7, hour)) * hourMs;
}
