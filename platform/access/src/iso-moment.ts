/** The first and the last moment that a calendar has. */
const farthestMs = 8.64e15;

/** In ISO 8601. A moment beyond all calendars, as an agreement of earlier versions may name, is the last one that there is. */
export function isoMoment(at: number): string {
  return new Date(Math.min(Math.max(at, -farthestMs), farthestMs)).toISOString();
}
