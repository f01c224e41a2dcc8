import { fittingValue } from "./sifted-rows.ts";

/** Whether values of a raw column are moments. */
export function isTime(type: string): boolean {
  return /^(TIMESTAMP|DATETIME|DATE)/i.test(type);
}

/**
 * SQL of whether a later run may go on from a value. One that no column holds, or that lies in the future, would hide
 * everything that comes until then. A time without a zone counts as UTC.
 * @param text SQL of the value as a text
 * @param now epoch ms
 */
export function leadsOn(text: string, type: string, now: number): string {
  const value = fittingValue(text, type);
  if (!isTime(type)) return `${value} IS NOT NULL`;
  return `(${value})::TIMESTAMP <= make_timestamp(${BigInt(now) * 1000n})`;
}

/** The same of a text that an API gave: a moment in the future. @param type of the column @param now epoch ms */
export function isAhead(text: string, type: string, now: number): boolean {
  if (!isTime(type) && !/^\d{4}-\d\d-\d\d(\D|$)/.test(text)) return false;
  return /^-?\d+$/.test(text) ? false : Date.parse(text) > now;
}
