/** A number of values in words: `12,000`, or that nobody knows a bound. */
export function valuesText(values: number): string {
  return Number.isFinite(values) ? Math.round(values).toLocaleString("en") : "any number of";
}
