import { createHash } from "node:crypto";
import type { FailureClass } from "@thoth/control/run";

export type RetryPlan =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "give-up"; readonly reason: string };

export interface RetryLimits {
  /** Attempts in all. */
  readonly attempts: number;
  /** Before the second attempt, milliseconds; each further wait is twice as long. */
  readonly firstDelayMs: number;
}

/** No wait is longer than this, milliseconds. */
export const longestDelayMs = 30 * 60_000;

/** Passing trouble: a source that does not answer, a disk that is full, a run that took too long. The rest stays wrong. */
const passing: ReadonlySet<FailureClass> = new Set(["source", "system", "timeout"]);

export function isPassing(failure: FailureClass): boolean {
  return passing.has(failure);
}

/**
 * Whether and when a run that failed is begun again.
 * @param attempt the one that failed, from 1
 * @param seed spreads the waits of runs that failed together by up to a quarter either way; the same seed, the same wait
 */
export function planRetry(
  failure: FailureClass,
  attempt: number,
  { limits, seed }: { readonly limits: RetryLimits; readonly seed: string },
): RetryPlan {
  if (!isPassing(failure))
    return { kind: "give-up", reason: `a ${failure} failure does not pass by itself: it needs a correction` };
  if (attempt >= limits.attempts)
    return {
      kind: "give-up",
      reason: `${limits.attempts === 1 ? "the only attempt" : `all ${attempt} attempts`} failed`,
    };
  const delayMs = Math.min(limits.firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
  return { kind: "retry", delayMs: Math.round(delayMs * (0.75 + 0.5 * fractionOf(`${seed} ${attempt}`))) };
}

/** In [0, 1), evenly spread over seeds. */
function fractionOf(seed: string): number {
  return createHash("sha256").update(seed).digest().readUInt32BE(0) / 2 ** 32;
}
