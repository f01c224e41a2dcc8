/** A length of time whose parts have no fixed ratio: a month has 28 to 31 days. */
export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: number;
}

const isoDuration =
  /^P(?!$)(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?!$)(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8})(?:\.(\d{1,6}))?S)?)?$/;

/** Reads `P12W`, `P1Y6M`, `PT36H`. Undefined when it is no ISO 8601 duration. */
export function parseDuration(text: string): Interval | undefined {
  const match = isoDuration.exec(text);
  if (match === null) return undefined;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1, 8)
    .map((part) => Number(part ?? 0));
  const fraction = Number((match[8] ?? "").padEnd(6, "0"));
  return {
    months: years * 12 + months,
    days: weeks * 7 + days,
    micros: ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction,
  };
}

/** Goes back in time from `now`; a month back from 31 March is the last day of February, as in the engine. */
export function momentBefore(now: number, interval: Interval): number {
  const date = new Date(now);
  const target = new Date(date);
  target.setUTCDate(1);
  target.setUTCMonth(target.getUTCMonth() - interval.months);
  const lastDay = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(date.getUTCDate(), lastDay) - interval.days);
  return target.getTime() - Math.round(interval.micros / 1000);
}

/** `to_months(3) + to_days(0) + to_microseconds(0)`, as SQL. Every part is a whole number of ours. */
export function intervalSql({ months, days, micros }: Interval): string {
  return `(to_months(${Math.trunc(months)}) + to_days(${Math.trunc(days)}) + to_microseconds(${Math.trunc(micros)}))`;
}
