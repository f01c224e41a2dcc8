import { CronExpressionParser } from "cron-parser";

const hourMs = 3_600_000;
const stepMs = 12 * hourMs;

export interface LostTimes {
  readonly cron: string;
  readonly timeZone: string;
}

/**
 * Where a clock is set forward by half an hour, as on Lord Howe Island, the library leaves out what falls into it and into
 * the half hour behind it, while of a lost hour it makes up for everything.
 * @param after and @param until epoch ms
 * @returns the first instant in (after, until) that it leaves out; what is lost is made up for as late as the clock was set
 *   forward, and what fires every few minutes just goes on
 */
export function leftOutBetween(times: LostTimes, after: number, until: number): number | undefined {
  const { timeZone } = times;
  if (!losesPartsOfHours(timeZone, after)) return undefined;
  // What began to be left out just before may go on.
  for (let at = after - hourMs; at < until; at += stepMs) {
    const shift = offsetAt(at + stepMs, timeZone) - offsetAt(at, timeZone);
    if (shift <= 0 || shift % hourMs === 0) continue;
    const change = changeBetween(at, at + stepMs, timeZone);
    const found = leftOutAt(times, change, shift).filter((instant) => instant > after && instant < until);
    if (found.length > 0) return Math.min(...found);
  }
  return undefined;
}

/** @param change the instant at which the clock is set forward */
function leftOutAt({ cron, timeZone }: LostTimes, change: number, shift: number): number[] {
  const [, hours = "*"] = cron.trim().split(/\s+/);
  const [before, behind] = [offsetAt(change - 1, timeZone), offsetAt(change, timeZone)];
  const lost = hours.includes("*") ? [] : shownBetween(cron, change + before, change + before + shift);
  const shown = shownBetween(cron, change + behind, change + behind + hourMs);
  return [...lost.map((local) => local - before), ...shown.map((local) => local - behind)];
}

/** What fires while a clock shows times in [from, until), as if that clock were never changed. */
function shownBetween(cron: string, from: number, until: number): number[] {
  const walk = CronExpressionParser.parse(cron, { tz: "UTC", currentDate: new Date(from - 1) });
  const times: number[] = [];
  for (let local = walk.next().getTime(); local < until; local = walk.next().getTime()) times.push(local);
  return times;
}

function changeBetween(from: number, until: number, timeZone: string): number {
  const before = offsetAt(from, timeZone);
  let [low, high] = [from, until];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, timeZone) === before) low = middle;
    else high = middle;
  }
  return high;
}

function losesPartsOfHours(timeZone: string, at: number): boolean {
  const year = new Date(at).getUTCFullYear();
  const [january, july] = [0, 6].map((month) => offsetAt(Date.UTC(year, month, 1), timeZone));
  return ((january ?? 0) - (july ?? 0)) % hourMs !== 0;
}

/** Of a zone's clock from UTC, ms. */
function offsetAt(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const name = format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign = "+", hours = "0", minutes = "0"] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
