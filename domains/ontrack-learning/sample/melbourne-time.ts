/** A calendar day in Melbourne, written as epoch ms of midnight UTC of the date it names. */
export type Day = number;

/** A moment, epoch ms, whole seconds. */
export type Instant = number;

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
export const weekMs = 7 * dayMs;

/** Milliseconds Melbourne is ahead of UTC: 11 hours from the first Sunday of October to the first Sunday of April, else 10. */
export function melbourneOffset(at: Instant): number {
  const year = new Date(at).getUTCFullYear();
  const [begins, ends] = winters[year - firstYear] ?? winterOf(year);
  return at >= begins && at < ends ? 10 * hourMs : 11 * hourMs;
}

/** The moment a Melbourne clock shows this time of that day. */
export function instantAt(day: Day, timeMs: number): Instant {
  const wall = day + timeMs;
  const guess = wall - melbourneOffset(wall - 10 * hourMs);
  return Math.floor(guess / 1000) * 1000;
}

export function dayOf(at: Instant): Day {
  const wall = at + melbourneOffset(at);
  return wall - (wall % dayMs);
}

/** The last moment at which it is still that day somewhere on earth: midnight at UTC-12. */
export function endOfDayAnywhere(day: Day): Instant {
  return day + 36 * hourMs;
}

/** The first day with this weekday on or after a day. @param weekday 0 Sunday to 6 Saturday */
export function onOrAfter(day: Day, weekday: number): Day {
  const ahead = (weekday - new Date(day).getUTCDay() + 7) % 7;
  return day + ahead * dayMs;
}

/** When the clocks of a year go back and forward again: 3:00 summer time and 2:00 standard time. */
function winterOf(year: number): readonly [begins: Instant, ends: Instant] {
  const firstSunday = (month: number) => onOrAfter(Date.UTC(year, month, 1), 0);
  return [firstSunday(3) - 8 * hourMs, firstSunday(9) - 8 * hourMs];
}

const firstYear = 2015;

/** Looked up millions of times. */
const winters = Array.from({ length: 40 }, (_, index) => winterOf(firstYear + index));
