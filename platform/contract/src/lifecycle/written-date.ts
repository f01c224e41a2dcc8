/**
 * An instant as contracts write it: `2027-02-20` is the beginning of that day in UTC; a time needs its zone.
 * @returns epoch ms; undefined for what is no such date
 */
export function readDate(value: unknown): number | undefined {
  if (typeof value !== "string" || !written.test(value.trim())) return undefined;
  const instant = Date.parse(value.trim());
  const day = value.trim().slice(0, 10);
  // 2027-02-30 would silently be the 2nd of March.
  const exists = new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  return Number.isNaN(instant) || !exists ? undefined : instant;
}

const written = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** `2027-02-20`, or `2027-02-20T09:00:00Z` when it is not the beginning of a day. @param instant epoch ms */
export function showDate(instant: number): string {
  const text = new Date(instant).toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text.replace(".000Z", "Z");
}
