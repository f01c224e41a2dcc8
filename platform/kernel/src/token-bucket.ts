/** How much may be used in the long run, and how much at once by who has used little. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What may still be used at an instant. In thousandths, so that whole amounts a second lose and win nothing by rounding. */
export interface TokenBucket {
  /** Below 0 what is owed. */
  readonly milliTokens: number;
  /** Epoch ms. */
  readonly at: number;
}

export type Draw =
  | { readonly allowed: true; readonly bucket: TokenBucket }
  | { readonly allowed: false; readonly bucket: TokenBucket; readonly retryAfterMs: number };

export interface RateNow {
  readonly rate: Rate;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Takes tokens, or nothing. More than the whole burst is given by a full bucket, which then owes the rest.
 * @param bucket undefined for one that nothing was taken from yet
 */
export function drawTokens(bucket: TokenBucket | undefined, count: number, when: RateNow): Draw {
  const { milliTokens, at } = fillBucket(bucket, when);
  const { perSecond, burst } = when.rate;
  const missing = Math.min(count, burst) * 1000 - milliTokens;
  if (missing <= 0) return { allowed: true, bucket: { milliTokens: milliTokens - count * 1000, at } };
  return { allowed: false, bucket: { milliTokens, at }, retryAfterMs: Math.ceil(missing / perSecond) };
}

/** Gives back what was drawn for something that did not come about. */
export function returnTokens(bucket: TokenBucket | undefined, count: number, when: RateNow): TokenBucket {
  const { milliTokens, at } = fillBucket(bucket, when);
  return { milliTokens: Math.min(when.rate.burst * 1000, milliTokens + count * 1000), at };
}

/** One that is full says no more than one that is not there. */
export function isFullBucket(bucket: TokenBucket | undefined, when: RateNow): boolean {
  return fillBucket(bucket, when).milliTokens >= when.rate.burst * 1000;
}

/** A clock that was put back gives nothing, and counts from there: nobody waits until it is again as late as it was. */
function fillBucket(bucket: TokenBucket | undefined, { rate: { perSecond, burst }, now }: RateNow): TokenBucket {
  if (bucket === undefined) return { milliTokens: burst * 1000, at: now };
  const passedMs = Math.max(0, now - bucket.at);
  return { milliTokens: Math.min(burst * 1000, bucket.milliTokens + passedMs * perSecond), at: now };
}
