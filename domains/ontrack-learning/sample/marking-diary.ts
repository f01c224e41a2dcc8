import type { Random } from "@thoth/testing/random";
import { type Day, dayMs, dayOf, hourMs, type Instant, instantAt, minuteMs } from "./melbourne-time.ts";

/** A stretch of marking without a long pause. */
export interface MarkingSession {
  readonly startedAt: Instant;
  readonly inClass: boolean;
  readonly ip: string;
  /** Moment of the latest assessment, the start while there is none. */
  lastAt: Instant;
  assessments: number;
}

export interface MarkingSlot {
  readonly at: Instant;
  readonly session: MarkingSession;
}

/** When one tutor of one unit sits down to mark. */
export interface MarkingDiary {
  /** Sessions in which something was marked. */
  readonly sessions: readonly MarkingSession[];
  /**
   * Takes the next free moment of a session that starts after `notBefore`.
   * @returns undefined when there is none up to `horizon`
   */
  take(notBefore: Instant, horizon: Instant): MarkingSlot | undefined;
}

export interface WeeklyMeeting {
  /** 1 Monday to 5 Friday. */
  readonly weekday: number;
  /** Melbourne time of day, ms. */
  readonly timeMs: number;
  readonly durationMs: number;
}

interface Plan {
  readonly startAt: Instant;
  readonly ip: string;
  readonly inClass: boolean;
  readonly longestMs: number;
  /** Minutes between two assessments, median. */
  readonly paceMin: number;
}

/** Chance of marking on a weekday, Sunday first. */
const workingDays = [0.5, 0.9, 0.9, 0.9, 0.85, 0.65, 0.3] as const;

/** Marking at the desk: most evenings or mornings of the week, up to three hours. */
export function deskDiary(random: Random, homeIp: string): MarkingDiary {
  return diary(random, (day, draw) => {
    if (!draw.chance(workingDays[new Date(day).getUTCDay()] ?? 0)) return undefined;
    const hour = draw.chance(0.4) ? draw.normal(10, 1.2) : draw.normal(18.5, 1.5);
    const startAt = instantAt(day, Math.min(20.5, Math.max(7.5, hour)) * hourMs);
    return { startAt, ip: homeIp, inClass: false, longestMs: 3 * hourMs, paceMin: 3.2 };
  });
}

/** Signing off in class, at the tutorial's weekly meeting. */
export function classDiary(random: Random, meeting: WeeklyMeeting, campusIp: string): MarkingDiary {
  return diary(random, (day) => {
    if (new Date(day).getUTCDay() !== meeting.weekday) return undefined;
    const startAt = instantAt(day, meeting.timeMs);
    return { startAt, ip: campusIp, inClass: true, longestMs: meeting.durationMs, paceMin: 2.5 };
  });
}

function diary(random: Random, planOf: (day: Day, draw: Random) => Plan | undefined): MarkingDiary {
  const days = new Map<Day, OpenSession | undefined>();
  const sessionOf = (day: Day) => {
    if (!days.has(day)) days.set(day, openSession(day, random.fork(`day/${day / dayMs}`), planOf));
    return days.get(day);
  };
  return {
    get sessions() {
      const marked = [...days.values()].flatMap((open) => (open === undefined ? [] : [open.session]));
      return marked.filter((session) => session.assessments > 0).sort((a, b) => a.startedAt - b.startedAt);
    },
    take(notBefore, horizon) {
      for (let day = dayOf(notBefore); day <= horizon + dayMs; day += dayMs) {
        const open = sessionOf(day);
        if (open === undefined || open.session.startedAt < notBefore) continue;
        const at = open.next();
        if (at === undefined) continue;
        if (at > horizon) return undefined;
        open.session.lastAt = at;
        open.session.assessments++;
        return { at, session: open.session };
      }
      return undefined;
    },
  };
}

interface OpenSession {
  readonly session: MarkingSession;
  /** The moment the next assessment would fall on; undefined when the session is full. */
  next(): Instant | undefined;
}

function openSession(
  day: Day,
  draw: Random,
  planOf: (day: Day, draw: Random) => Plan | undefined,
): OpenSession | undefined {
  const plan = planOf(day, draw);
  if (plan === undefined) return undefined;
  const { startAt, ip, inClass, longestMs, paceMin } = plan;
  const session: MarkingSession = { startedAt: startAt, inClass, ip, lastAt: startAt, assessments: 0 };
  return {
    session,
    next() {
      const minutes = Math.min(13, Math.max(0.5, draw.logNormal(paceMin, 0.6)));
      const at = Math.floor((session.lastAt + minutes * minuteMs) / 1000) * 1000;
      return at - startAt > longestMs ? undefined : at;
    },
  };
}
