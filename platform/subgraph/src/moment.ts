const isoMoment =
  /^([+-]?\d{4,6})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** A point in time with the engine's precision: whole milliseconds since 1970 UTC, and the microseconds beyond them. */
export interface Moment {
  readonly ms: number;
  /** 0..999 */
  readonly micros: number;
}

/** Reads ISO 8601, with `T` or a space, any offset; without an offset it is UTC. Undefined when it is no moment. */
export function parseMoment(text: string): Moment | undefined {
  const match = isoMoment.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "00", minute = "00", second = "00", fraction = "", zone] = match;
  const ms = utcMs([Number(year), Number(month), Number(day)], [Number(hour), Number(minute), Number(second)]);
  if (ms === undefined) return undefined;
  const digits = fraction.padEnd(6, "0");
  return { ms: ms - offsetMs(zone) + Number(digits.slice(0, 3)), micros: Number(digits.slice(3, 6)) };
}

/** `2026-03-01T10:00:00.000Z` */
export function isoMoment3(moment: Moment): string {
  return new Date(moment.ms).toISOString();
}

/** How the engine reads it: `2026-03-01 10:00:00.123456`, with `+00` for a column with time zone. */
export function engineMoment({ ms, micros }: Moment, zoned: boolean): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, -1).replace("T", " ")}${String(micros).padStart(3, "0")}${zoned ? "+00" : ""}`;
}

/** True for `YYYY-MM-DD` of a day that exists. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && parseMoment(text) !== undefined;
}

function utcMs(
  [year, month, day]: readonly [number, number, number],
  [hour, minute, second]: readonly [number, number, number],
): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return undefined;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}

function offsetMs(zone = "Z"): number {
  if (zone === "Z" || zone === "z") return 0;
  const digits = zone.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}
