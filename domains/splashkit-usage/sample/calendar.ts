/** One week of the sample world, Monday 00:00 UTC to the next. */
export interface SampleWeek {
  readonly startsAt: number;
  /** Counts the trimesters from the first one; weeks between trimesters belong to the one before. */
  readonly trimester: number;
  /** 1..11 in teaching weeks; 0 in breaks and between trimesters. */
  readonly teachingWeek: number;
  /** Relative number of sessions. */
  readonly load: number;
}

export const dayMs = 24 * 60 * 60 * 1000;
export const weekMs = 7 * dayMs;

/** Load by teaching week: assignments are due in weeks 5 and 9 and at the end. */
const teachingLoad = [0.5, 0.8, 1, 1.05, 1.7, 1.1, 1.1, 1.2, 1.8, 1.2, 1.9];
const breakLoad = 0.35;
const idleLoad = 0.06;
const growthPerYear = 1.12;

interface TrimesterRule {
  /** Month counted from 0, and the day from which the first Monday counts. */
  readonly month: number;
  readonly fromDay: number;
  readonly size: number;
  /** Calendar weeks, counted from 0, without teaching. */
  readonly breaks: readonly number[];
}

const trimesterRules: readonly TrimesterRule[] = [
  { month: 2, fromDay: 1, size: 1, breaks: [4] },
  { month: 6, fromDay: 8, size: 0.9, breaks: [5] },
  { month: 10, fromDay: 1, size: 0.45, breaks: [7, 8] },
];

/** Every week from `weeks` before `asOf` up to the one `asOf` lies in. */
export function sampleWeeks(asOf: number, weeks: number): SampleWeek[] {
  const last = mondayOf(asOf);
  const first = last - weeks * weekMs;
  const trimesters = trimestersAround(first, last);
  return Array.from({ length: weeks + 1 }, (_, index) => {
    const startsAt = first + index * weekMs;
    const trimester = trimesters.findLastIndex((candidate) => candidate.startsAt <= startsAt);
    const year = (startsAt - first) / (52 * weekMs);
    const elapsed = Math.min(1, (asOf - startsAt) / weekMs);
    const teachingWeek = teachingWeekOf(trimesters[trimester], startsAt);
    const load = loadOf(trimesters[trimester], startsAt, teachingWeek) * growthPerYear ** year * elapsed;
    return { startsAt, trimester, teachingWeek, load };
  });
}

export function mondayOf(instant: number): number {
  const day = Math.floor(instant / dayMs);
  return (day - ((day + 3) % 7)) * dayMs;
}

interface Trimester extends TrimesterRule {
  readonly startsAt: number;
}

function trimestersAround(from: number, to: number): Trimester[] {
  const years = range(new Date(from).getUTCFullYear() - 1, new Date(to).getUTCFullYear());
  return years.flatMap((year) =>
    trimesterRules.map((rule) => ({ ...rule, startsAt: mondayFrom(Date.UTC(year, rule.month, rule.fromDay)) })),
  );
}

function teachingWeekOf(trimester: Trimester | undefined, startsAt: number): number {
  const week = calendarWeekOf(trimester, startsAt);
  if (trimester === undefined || trimester.breaks.includes(week)) return 0;
  const teachingWeek = week + 1 - trimester.breaks.filter((pause) => pause < week).length;
  return teachingWeek >= 1 && teachingWeek <= teachingLoad.length ? teachingWeek : 0;
}

function loadOf(trimester: Trimester | undefined, startsAt: number, teachingWeek: number): number {
  if (trimester === undefined) return idleLoad;
  if (teachingWeek > 0) return (teachingLoad[teachingWeek - 1] ?? 0) * trimester.size;
  return trimester.breaks.includes(calendarWeekOf(trimester, startsAt)) ? breakLoad * trimester.size : idleLoad;
}

function calendarWeekOf(trimester: Trimester | undefined, startsAt: number): number {
  return trimester === undefined ? -1 : Math.round((startsAt - trimester.startsAt) / weekMs);
}

function mondayFrom(instant: number): number {
  const monday = mondayOf(instant);
  return monday < instant ? monday + weekMs : monday;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** `2026-03-02T01:00:00.000Z` */
export function isoTime(instant: number): string {
  return new Date(instant).toISOString();
}
