/** How much a sender may send: so many events a second on the average, and so many at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What a sender may still send at an instant. Whole numbers, so that nothing is lost or won by rounding. */
export interface TokenBucket {
  /** Thousandths of an event; below 0 what it owes. */
  readonly milliTokens: number;
  /** Epoch ms. */
  readonly at: number;
}

export type Draw =
  | { readonly allowed: true; readonly bucket: TokenBucket }
  | { readonly allowed: false; readonly bucket: TokenBucket; readonly retryAfterMs: number };

/**
 * Takes tokens for some events. A request for more than the whole burst is let through by a full bucket, and owes the rest.
 * @param bucket undefined for a sender that has not sent before
 * @param now epoch ms; one before the bucket's own counts as the same instant
 */
export function drawTokens(
  bucket: TokenBucket | undefined,
  count: number,
  { rate: { perSecond, burst }, now }: { readonly rate: Rate; readonly now: number },
): Draw {
  const before = bucket ?? { milliTokens: burst * 1000, at: now };
  const passedMs = Math.max(0, now - before.at);
  const at = before.at + passedMs;
  const milliTokens = Math.min(burst * 1000, before.milliTokens + passedMs * perSecond);
  const missing = Math.min(count, burst) * 1000 - milliTokens;
  if (missing <= 0) return { allowed: true, bucket: { milliTokens: milliTokens - count * 1000, at } };
  return { allowed: false, bucket: { milliTokens, at }, retryAfterMs: Math.ceil(missing / perSecond) };
}
