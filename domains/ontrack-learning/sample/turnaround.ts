import type { Random } from "@thoth/testing/random";
import { dayMs } from "./melbourne-time.ts";

/** Weeks in which everybody hands in at once. */
const crowdedWeeks: ReadonlySet<number> = new Set([5, 9, 12]);

const medianDays = 0.75;
const spread = 0.95;

/**
 * How long a submission lies before its tutor would look at it; marking happens in the next session after that.
 * Log-normal, with one in thirty forgotten for much longer.
 * @param week teaching week of the submission
 */
export function waitingMs(week: number, slowness: number, random: Random): number {
  const crowd = crowdedWeeks.has(week) ? 1.8 : 1;
  const forgotten = random.chance(1 / 30) ? 6 : 1;
  return random.logNormal(medianDays, spread) * slowness * crowd * forgotten * dayMs;
}
