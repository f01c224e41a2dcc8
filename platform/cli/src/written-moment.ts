import { isoMoment } from "@thoth/access/iso-moment";

const dayMs = 86_400_000;

/**
 * `2026-12-31`, `2026-12-31T12:00:00Z`, or days from now as `90d`.
 * @param edge which end of a day that is written without a time; days are those of UTC
 * @returns epoch ms; undefined when it is none of these
 */
export function parseMoment(text: string, now: number, edge: "start" | "end"): number | undefined {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  if (days !== undefined) return now + Number(days) * dayMs;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = isDay || isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at) || !isRealDay(text.slice(0, 10))) return undefined;
  return isDay && edge === "end" ? at + dayMs : at;
}

/** The engine takes the 31st of February for the 3rd of March. */
function isRealDay(day: string): boolean {
  const at = Date.parse(day);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}

/**
 * A moment as people write it. A time that ends with a day is told by that day, as `--until` takes it, and not by the first
 * moment after it: `2026-12-31`, else `2026-12-31 12:00`.
 * @param edge which end of a time it is; days and hours are those of UTC
 */
export function writeMoment(at: number, edge: "start" | "end"): string {
  const day = wholeDay(at, edge);
  return day ?? isoMoment(at).slice(0, -8).replace("T", " ");
}

/** The day that a time begins or ends with; undefined when it begins or ends within one. */
export function wholeDay(at: number, edge: "start" | "end"): string | undefined {
  if (at % dayMs !== 0) return undefined;
  return isoMoment(edge === "end" ? at - dayMs : at).split("T")[0];
}

/** `until the end of 2026-12-31 (UTC)`, `until 2026-12-31 12:00 (UTC)` */
export function untilWords(at: number): string {
  return `until ${wholeDay(at, "end") === undefined ? "" : "the end of "}${writeMoment(at, "end")} (UTC)`;
}
