import type { Agreement } from "../agreement.ts";

/** Of what was rejected or revoked: the newest of each person who asked, to be told of. */
const endedOfOne = 20;

/**
 * What processes without the control plane have to know: all that can be in force now or later, or waits for an answer, and
 * a little of what has ended. Every process reads the whole of it at each change, so it must not grow for ever.
 */
export function projectedAgreements(all: readonly Agreement[]): readonly Agreement[] {
  const ended = all.filter(hasEnded).toSorted((one, other) => endOf(other) - endOf(one));
  const told = Map.groupBy(ended, ({ requestedBy }) => requestedBy)
    .values()
    .flatMap((own) => own.slice(0, endedOfOne));
  const kept = new Set(told);
  return all.filter((one) => !hasEnded(one) || kept.has(one));
}

function hasEnded({ status }: Agreement): boolean {
  return status === "rejected" || status === "revoked";
}

function endOf({ ended, requestedAt }: Agreement): number {
  return ended?.at ?? requestedAt;
}
