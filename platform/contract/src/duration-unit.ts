const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Months and years of a promise have no calendar: 30 and 365 days. */
const units: readonly (readonly [milliseconds: number, ...names: string[]])[] = [
  [1, "ms", "millisecond", "milliseconds"],
  [second, "s", "sec", "secs", "second", "seconds"],
  [minute, "m", "min", "mins", "minute", "minutes"],
  [hour, "h", "hr", "hrs", "hour", "hours"],
  [day, "d", "day", "days"],
  [7 * day, "w", "wk", "week", "weeks"],
  [30 * day, "mo", "month", "months"],
  [365 * day, "y", "yr", "yrs", "year", "years"],
];

const milliseconds = new Map(units.flatMap(([size, ...names]) => names.map((name) => [name, size] as const)));

/**
 * A promise's value and unit as a length of time.
 * @param unit ODCS writes `d`, `day` or `days`; upper and lower case are the same
 * @returns milliseconds, or undefined when the unit is no unit of time or the value no number
 */
export function durationMs(value: unknown, unit: string | undefined): number | undefined {
  const size = milliseconds.get((unit ?? "").trim().toLowerCase());
  const amount = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (size === undefined || typeof amount !== "number" || !Number.isFinite(amount)) return undefined;
  return Math.round(amount * size);
}

const spoken = new Map(
  units.flatMap(([, ...names]) =>
    names.map((name) => [name, { one: names.at(-2) ?? name, many: names.at(-1) ?? name }]),
  ),
);

/** `2`, `d` → `days`; a unit that is none of time stays as it is. */
export function spokenUnit(value: unknown, unit: string): string {
  const words = spoken.get(unit.trim().toLowerCase());
  return words === undefined ? unit : Number(value) === 1 ? words.one : words.many;
}
