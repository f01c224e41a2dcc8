import { type Day, dayMs, type Instant, melbourneOffset } from "./melbourne-time.ts";

/** Writes moments the way the systems write them. Keeps the days it has seen: formatting is most of the work. */
export interface DateText {
  /** `2024-05-01`. */
  day(day: Day): string;
  /** UTC, as the database has it: `2024-04-30 23:12:33`. */
  instant(at: Instant): string;
  /** Melbourne time, as Ruby prints it: `2024-05-01 09:12:33 +1000`. */
  local(at: Instant): string;
}

export function createDateText(): DateText {
  const days = new Map<number, string>();
  const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, "0"));
  const day = (ms: number) => {
    const number = Math.floor(ms / dayMs);
    const text = days.get(number) ?? new Date(number * dayMs).toISOString().slice(0, 10);
    days.set(number, text);
    return text;
  };
  const instant = (ms: number) => {
    const seconds = Math.floor((((ms % dayMs) + dayMs) % dayMs) / 1000);
    const minutes = Math.floor(seconds / 60);
    return `${day(ms)} ${twoDigits[Math.floor(minutes / 60)]}:${twoDigits[minutes % 60]}:${twoDigits[seconds % 60]}`;
  };
  const local = (at: Instant) => {
    const offset = melbourneOffset(at);
    return `${instant(at + offset)} +${offset / 3_600_000}00`;
  };
  return { day, instant, local };
}
