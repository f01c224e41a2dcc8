/** Verdict on one output port at one instant. Durations are milliseconds. */
export type Freshness =
  | { readonly kind: "fresh"; readonly lagMs: number }
  | { readonly kind: "stale"; readonly lagMs: number; readonly overMs: number }
  | { readonly kind: "never-loaded" };

/**
 * @param watermark event time up to which the port is complete, epoch ms; undefined before the first publish
 * @param maxLagMs what the contract promises as SLA property `latency`
 * @param now epoch ms
 */
export function judgeFreshness(watermark: number | undefined, maxLagMs: number, now: number): Freshness {
  if (watermark === undefined) return { kind: "never-loaded" };
  const lagMs = Math.max(0, now - watermark);
  return lagMs <= maxLagMs ? { kind: "fresh", lagMs } : { kind: "stale", lagMs, overMs: lagMs - maxLagMs };
}
