import { type Day, dayMs, dayOf, type Instant, onOrAfter, weekMs } from "./melbourne-time.ts";

export interface Trimester {
  /** Key in `teaching_periods`. */
  readonly id: number;
  readonly period: "T1" | "T2" | "T3";
  /** The year it starts in: T3 ends in the next one. */
  readonly year: number;
  /** A Monday. */
  readonly start: Day;
  /** A Friday. */
  readonly end: Day;
  readonly activeUntil: Day;
  readonly breakStart: Day;
  readonly breakWeeks: number;
}

const monday = 1;

/** The last `count` trimesters that have begun, oldest first, with ids from 1. */
export function trimestersUntil(asOf: Instant, count = 9): Trimester[] {
  const today = dayOf(asOf);
  const year = new Date(today).getUTCFullYear();
  const years = Array.from({ length: Math.ceil(count / 3) + 2 }, (_, back) => year - back).reverse();
  const begun = years.flatMap(trimestersOf).filter((trimester) => trimester.start <= today);
  return begun.slice(-count).map((trimester, index) => ({ ...trimester, id: index + 1 }));
}

/** The Monday of a teaching week: weeks the break covers are not counted. */
export function weekStart(trimester: Trimester, week: number): Day {
  const plain = trimester.start + (week - 1) * weekMs;
  const pause = onOrAfter(trimester.breakStart, monday);
  return plain >= pause ? plain + trimester.breakWeeks * weekMs : plain;
}

/** A weekday of a teaching week, but never after the last day. @param weekday 1 Monday to 5 Friday */
export function dayOfWeek(trimester: Trimester, week: number, weekday: number): Day {
  return Math.min(weekStart(trimester, week) + (weekday - 1) * dayMs, trimester.end);
}

/** 1 in the first week; the break belongs to the week before it; goes on counting after the end. */
export function teachingWeek(trimester: Trimester, day: Day): number {
  const pause = onOrAfter(trimester.breakStart, monday);
  const weeks = Math.floor((day - trimester.start) / weekMs);
  if (day < pause) return weeks + 1;
  const before = Math.floor((pause - trimester.start) / weekMs);
  return Math.max(before, weeks + 1 - trimester.breakWeeks);
}

function trimestersOf(year: number): Omit<Trimester, "id">[] {
  const first = onOrAfter(Date.UTC(year, 2, 1), monday);
  const second = onOrAfter(Date.UTC(year, 6, 8), monday);
  const third = onOrAfter(Date.UTC(year, 10, 1), monday);
  const christmas = Date.UTC(year, 11, 25);
  return [
    { period: "T1", year, ...span(first, 12, 3), breakStart: goodFriday(year), breakWeeks: 1 },
    { period: "T2", year, ...span(second, 12, 3), breakStart: second + 5 * weekMs, breakWeeks: 1 },
    { period: "T3", year, ...span(third, 13, 2), breakStart: onOrAfter(christmas - 6 * dayMs, monday), breakWeeks: 2 },
  ];
}

function span(start: Day, weeks: number, activeWeeks: number): Pick<Trimester, "start" | "end" | "activeUntil"> {
  const end = start + weeks * weekMs - 3 * dayMs;
  return { start, end, activeUntil: end + activeWeeks * weekMs };
}

/** Two days before Easter Sunday, which the anonymous Gregorian computus gives. */
function goodFriday(year: number): Day {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const leap = Math.floor(century / 4);
  const moon =
    (19 * golden + century - leap - Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3) + 15) % 30;
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor((year % 100) / 4) - moon - (year % 4)) % 7;
  const shift = Math.floor((golden + 11 * moon + 22 * weekday) / 451);
  const march = moon + weekday - 7 * shift + 114;
  return Date.UTC(year, Math.floor(march / 31) - 1, (march % 31) + 1) - 2 * dayMs;
}
