/** Points of a cumulative distribution: share of cases at or below a value, both rising. */
export type Curve = readonly (readonly [share: number, value: number])[];

/** The value below which this share of cases lies, straight between the points. @param share 0..1 */
export function valueAt(curve: Curve, share: number): number {
  const upper = curve.findIndex(([point]) => point >= share);
  const [highShare, highValue] = curve[upper === -1 ? curve.length - 1 : upper] ?? [1, 0];
  const [lowShare, lowValue] = curve[upper - 1] ?? [highShare, highValue];
  if (highShare === lowShare) return highValue;
  return lowValue + ((highValue - lowValue) * (share - lowShare)) / (highShare - lowShare);
}

/** 0..1 from a standard normal value (logistic approximation): turns a trait into a rank. */
export function rankOf(normal: number): number {
  return 1 / (1 + Math.exp(-1.702 * normal));
}
