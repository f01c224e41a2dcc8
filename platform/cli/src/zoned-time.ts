/**
 * What the clock shows in a zone at an instant, epoch ms, and how far it is from UTC: `2026-11-23T04:00:00+11:00`.
 * @param timeZone an IANA name that is known
 */
export function zonedIsoTime(at: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en-US", { ...fields, timeZone, timeZoneName: "longOffset" });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const [year, month, day, hour, minute, second] = names.map((name) => parts.get(name));
  const offset = parts.get("timeZoneName")?.replace("GMT", "") || "+00:00";
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`;
}

/** The same for people, to the minute: `2026-11-23 04:00 +11:00`, and `UTC` where it is that. */
export function zonedTime(at: number, timeZone: string): string {
  const text = zonedIsoTime(at, timeZone);
  const offset = text.slice(19);
  return `${text.slice(0, 10)} ${text.slice(11, 16)} ${offset === "+00:00" && timeZone === "UTC" ? "UTC" : offset}`;
}

const names = ["year", "month", "day", "hour", "minute", "second"] as const;

const fields = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
} as const;
