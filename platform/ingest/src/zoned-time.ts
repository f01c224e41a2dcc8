/** Of these the engine's reader of CSV makes null of a text that is none, where it refuses every other wrong value. */
export function isZonedTime(type: string): boolean {
  return /^(TIME(STAMP)? WITH TIME ZONE|TIME(STAMP)?TZ)$/i.test(type);
}
