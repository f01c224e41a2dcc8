import type { AggregateArguments, BucketInput, ComparePeriod } from "./aggregate.ts";
import { isTime } from "./column-type.ts";
import { type Interval, parseDuration } from "./duration.ts";
import { subgraphError } from "./errors.ts";
import { parseMoment } from "./moment.ts";
import { columnField, type TypeGraph } from "./product-graph.ts";
import type { TimeBucket } from "./query-plan.ts";
import type { FilterInput } from "./where.ts";

export interface Shift {
  /** The time column to move. */
  readonly column: string;
  readonly by: Interval;
}

/**
 * How far the past must move forward to lie on the present.
 *
 * With a bucket: one bucket, or one year (52 weeks for weeks, so that Mondays stay Mondays). Without one, the time column
 * bounded in `where` and the length of its window: `withinLast: "P12W"` is compared with the 12 weeks before.
 * @throws MeshError `subgraph/compare-needs-time`
 */
export function planShift(type: TypeGraph, args: AggregateArguments, compareTo: ComparePeriod): Shift {
  if (args.bucket) return { column: args.bucket.column, by: bucketShift(args.bucket, compareTo) };
  const windows = Object.entries(conjunction(args.where ?? {})).flatMap(([field, filter]) =>
    timeWindow(type, field, filter),
  );
  const [window] = windows;
  if (window === undefined || windows.length > 1) throw subgraphError["compare-needs-time"]({ compareTo });
  if (compareTo === "PREVIOUS_PERIOD") return window;
  return { column: window.column, by: isWholeWeeks(window.by) ? weeksOfYear : year };
}

const year: Interval = { months: 12, days: 0, micros: 0 };
const weeksOfYear: Interval = { months: 0, days: 364, micros: 0 };

const bucketLengths: Readonly<Record<TimeBucket, Interval>> = {
  HOUR: { months: 0, days: 0, micros: 3_600_000_000 },
  DAY: { months: 0, days: 1, micros: 0 },
  WEEK: { months: 0, days: 7, micros: 0 },
  MONTH: { months: 1, days: 0, micros: 0 },
  QUARTER: { months: 3, days: 0, micros: 0 },
  YEAR: year,
};

function bucketShift({ every }: BucketInput, compareTo: ComparePeriod): Interval {
  if (compareTo === "PREVIOUS_PERIOD") return bucketLengths[every];
  return every === "WEEK" ? weeksOfYear : year;
}

/** Filters that must all hold, field → operators: those of the object itself and of its `and`. */
function conjunction(where: FilterInput): Record<string, Record<string, unknown>> {
  const filters: Record<string, Record<string, unknown>> = {};
  for (const [field, value] of Object.entries(where)) {
    if (field === "or" || field === "not" || value === null) continue;
    const parts = field === "and" ? (value as FilterInput[]).map(conjunction) : [{ [field]: value as FilterInput }];
    for (const [name, operators] of parts.flatMap(Object.entries)) filters[name] = { ...filters[name], ...operators };
  }
  return filters;
}

function timeWindow(type: TypeGraph, field: string, filter: Record<string, unknown>): Shift[] {
  const { column, type: columnType } = columnField(type, field);
  if (!isTime(columnType)) return [];
  const by = windowLength(filter, columnType.kind === "date");
  return by === undefined ? [] : [{ column: column.name, by }];
}

function windowLength(filter: Record<string, unknown>, wholeDays: boolean): Interval | undefined {
  if (typeof filter.withinLast === "string") return parseDuration(filter.withinLast);
  const from = bound(filter.gte, filter.gt, wholeDays ? [0, 1] : [0, 0]);
  const until = bound(filter.lt, filter.lte, wholeDays ? [0, 1] : [0, 0]);
  if (from === undefined || until === undefined || until <= from) return undefined;
  const days = Math.floor((until - from) / dayMicros);
  return { months: 0, days, micros: until - from - days * dayMicros };
}

const dayMicros = 86_400_000_000;

/** Microseconds since 1970. For days the exclusive lower and the inclusive upper bound mean the start of the next day. */
function bound(plain: unknown, other: unknown, [plainDays, otherDays]: readonly [number, number]): number | undefined {
  const [text, days] = typeof plain === "string" ? [plain, plainDays] : [other, otherDays];
  const moment = typeof text === "string" ? parseMoment(text) : undefined;
  return moment === undefined ? undefined : moment.ms * 1000 + moment.micros + days * dayMicros;
}

function isWholeWeeks({ months, days, micros }: Interval): boolean {
  return months === 0 && micros === 0 && days > 0 && days % 7 === 0;
}
