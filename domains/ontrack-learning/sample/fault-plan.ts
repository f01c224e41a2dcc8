import type { DateText } from "./date-text.ts";
import { type Day, dayMs } from "./melbourne-time.ts";
import { dayOfWeek, type Trimester } from "./trimester-calendar.ts";

/** One offering of a unit. */
export interface FaultOffering {
  readonly unit: string;
  readonly trimester: Trimester;
}

/** Where faults are planted. All lie in trimesters that are over, so every pipeline run meets all of them. */
export interface FaultPlan {
  readonly missingLogDay: Day;
  readonly skewedLogDay: Day;
  readonly logSkewMs: number;
  readonly lateLogDays: { readonly from: Day; readonly to: Day };
  readonly cutLogDay: Day;
  readonly statusesRenamedOn: Day;
  readonly doubledEngagements: FaultOffering & { readonly day: Day };
  readonly nullCampus: FaultOffering & { readonly most: number };
  readonly skewedAssessments: FaultOffering & { readonly most: number };
  readonly orphanComments: FaultOffering & { readonly most: number };
  /** Exports of this month and later carry a metric the earlier ones lack. */
  readonly widenedExportFrom: Day;
}

export type FaultKind = keyof typeof effects;

const effects = {
  "log-day-missing": "the API ran, but its log of one day is lost",
  "log-clock-skew": "one day's log lines carry times 155 minutes ahead",
  "log-late-file": "the end of a month's log arrives nine days late, in a file of its own",
  "log-line-cut": "a line ends in the middle",
  "status-renamed":
    "status texts are the names used before the renaming; counted in the engagements, outcomes and comments have them too",
  "engagements-doubled": "a day's rows of one unit stand in the dump twice, same keys",
  "campus-null": "enrolments without a campus",
  "assessment-clock-skew": "an assessment is stamped a few minutes before its submission",
  "comments-orphaned": "comments on tasks that are no longer there",
  "export-widened": "an added metric that earlier exports lack",
} as const;

/** Counts what was planted, for the manifest that quality checks are scored against. */
export interface FaultTally {
  count(kind: FaultKind, rows?: number): void;
  of(kind: FaultKind): number;
}

export function createFaultTally(): FaultTally {
  const counts = new Map<FaultKind, number>();
  const of = (kind: FaultKind) => counts.get(kind) ?? 0;
  return { of, count: (kind, rows = 1) => void counts.set(kind, of(kind) + rows) };
}

/** @param trimesters all of the sample, oldest first */
export function planFaults(trimesters: readonly Trimester[]): FaultPlan {
  const at = (index: number) => {
    const trimester = trimesters[index];
    if (trimester === undefined) throw new Error(`the sample has no trimester ${index + 1}`);
    return trimester;
  };
  const lateFrom = monthEnd(dayOfWeek(at(4), 3, 1)) - dayMs;
  return {
    missingLogDay: dayOfWeek(at(7), 6, 2),
    skewedLogDay: dayOfWeek(at(6), 8, 4),
    logSkewMs: 155 * 60_000,
    lateLogDays: { from: lateFrom, to: lateFrom + dayMs },
    cutLogDay: dayOfWeek(at(2), 4, 3),
    statusesRenamedOn: at(2).start,
    doubledEngagements: { unit: "COS10001", trimester: at(3), day: dayOfWeek(at(3), 6, 3) },
    nullCampus: { unit: "COS20007", trimester: at(4), most: 5 },
    skewedAssessments: { unit: "COS10001", trimester: at(5), most: 6 },
    orphanComments: { unit: "COS20073", trimester: at(1), most: 7 },
    widenedExportFrom: monthStart(at(6).start),
  };
}

export interface FaultRecord {
  readonly kind: FaultKind;
  readonly effect: string;
  /** File under the sources folder, and what narrows it down. */
  readonly place: Readonly<Record<string, string>>;
  /** Rows or lines concerned; for `log-day-missing` those that are not there. */
  readonly count: number;
}

export function describeFaults(plan: FaultPlan, tally: FaultTally, dates: DateText): FaultRecord[] {
  const month = (day: Day) => dates.day(day).slice(0, 7);
  const log = (day: Day, suffix = "") => `ontrack/log/production-${month(day)}${suffix}.log`;
  const offering = ({ unit, trimester }: FaultOffering) => ({ unit, period: `${trimester.period} ${trimester.year}` });
  const table = (name: string) => `ontrack/db/${name}.csv`;
  const days = ({ from, to }: FaultPlan["lateLogDays"]) => `${dates.day(from)}/${dates.day(to)}`;
  const places: Record<FaultKind, Readonly<Record<string, string>>> = {
    "log-day-missing": { file: log(plan.missingLogDay), day: dates.day(plan.missingLogDay) },
    "log-clock-skew": { file: log(plan.skewedLogDay), day: dates.day(plan.skewedLogDay) },
    "log-late-file": { file: log(plan.lateLogDays.from, "-late"), days: days(plan.lateLogDays) },
    "log-line-cut": { file: log(plan.cutLogDay), day: dates.day(plan.cutLogDay) },
    "status-renamed": { file: table("task_engagements"), until: dates.day(plan.statusesRenamedOn) },
    "engagements-doubled": {
      file: table("task_engagements"),
      ...offering(plan.doubledEngagements),
      day: dates.day(plan.doubledEngagements.day),
    },
    "campus-null": { file: table("projects"), column: "campus_id", ...offering(plan.nullCampus) },
    "assessment-clock-skew": { file: table("task_submissions"), ...offering(plan.skewedAssessments) },
    "comments-orphaned": { file: table("task_comments"), column: "task_id", ...offering(plan.orphanComments) },
    "export-widened": { file: `ontrack/ga4/users-${month(plan.widenedExportFrom)}.json`, column: "engaged_sessions" },
  };
  return (Object.keys(effects) as FaultKind[]).map((kind) => ({
    kind,
    effect: effects[kind],
    place: places[kind],
    count: tally.of(kind),
  }));
}

function monthStart(day: Day): Day {
  const date = new Date(day);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

function monthEnd(day: Day): Day {
  const date = new Date(day);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0);
}
