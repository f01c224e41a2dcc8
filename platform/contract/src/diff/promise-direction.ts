import { promiseWord } from "../describe-promises.ts";
import { durationMs } from "../duration-unit.ts";
import type { SlaProperty } from "../generated/odcs.ts";

/** What a promise became. `incomparable`: other units, so nobody can show that it is as good; `unclear`: no known direction. */
export type PromiseMove = "same" | "weaker" | "stronger" | "incomparable" | "unclear";

const moreIsBetter = ["availability", "throughput", "retention"];
const lessIsBetter = ["latency", "errorRate", "timeToDetect", "timeToNotify", "timeToRepair"];

export function comparePromises(before: SlaProperty, after: SlaProperty): PromiseMove {
  if (before.value === after.value && unitOf(before) === unitOf(after) && before.valueExt === after.valueExt)
    return "same";
  const word = promiseWord(before.property);
  if (word === "timeOfAvailability" || word === "generalAvailability")
    return direction(moment(before), moment(after), false);
  const times = [durationMs(before.value, before.unit), durationMs(after.value, after.unit)] as const;
  const [from, to] = times;
  if (from !== undefined && to !== undefined) {
    // a frequency in units of time is the pause between two deliveries
    if (word === "frequency") return direction(from, to, false);
    return known(word) ? direction(from, to, moreIsBetter.includes(word)) : sameOrUnclear(from, to);
  }
  if (unitOf(before) !== unitOf(after)) return known(word) || word === "frequency" ? "incomparable" : "unclear";
  if (word === "frequency" || known(word))
    return direction(number(before), number(after), !lessIsBetter.includes(word));
  return "unclear";
}

function known(word: string): boolean {
  return moreIsBetter.includes(word) || lessIsBetter.includes(word);
}

function sameOrUnclear(from: number, to: number): PromiseMove {
  return from === to ? "same" : "unclear";
}

function direction(from: number | undefined, to: number | undefined, moreIs: boolean): PromiseMove {
  if (from === undefined || to === undefined) return "unclear";
  if (from === to) return "same";
  return to > from === moreIs ? "stronger" : "weaker";
}

function unitOf({ unit = "" }: SlaProperty): string {
  const plain = unit.trim().toLowerCase();
  return plain === "%" ? "percent" : plain;
}

function number({ value }: SlaProperty): number | undefined {
  const amount = typeof value === "string" ? Number(value.replace("%", "").trim() || Number.NaN) : value;
  return typeof amount === "number" && Number.isFinite(amount) ? amount : undefined;
}

/** `09:00-08:00` as minutes of the day in UTC, a date as epoch ms. */
function moment({ value }: SlaProperty): number | undefined {
  const [, hours, minutes, sign, zoneHours = "0", zoneMinutes = "0"] =
    /^(\d{1,2}):(\d{2})(?::\d{2})?(?:Z|([+-])(\d{2}):?(\d{2}))?$/.exec(String(value).trim()) ?? [];
  if (hours !== undefined) {
    const offset = Number(zoneHours) * 60 + Number(zoneMinutes);
    return Number(hours) * 60 + Number(minutes) - (sign === "-" ? -offset : offset);
  }
  const time = Date.parse(String(value));
  return Number.isNaN(time) ? undefined : time;
}
