import { gatewayError } from "../../errors.ts";

const epochDays = 10_957; // from 1970 to 2000, where Postgres begins to count
const dayMicros = 86_400_000_000n;
const epochMicros = BigInt(epochDays) * dayMicros;
const limits = {
  day: { infinity: 0x7fffffff, "-infinity": -0x80000000 },
  micros: { infinity: 2n ** 63n - 1n, "-infinity": -(2n ** 63n) },
};

/** `2026-03-01`, `0044-03-15 BC`, `infinity` → days since 2000. */
export function dateToBinary(text: string): Buffer {
  const special = limits.day[text as keyof typeof limits.day];
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(special ?? daysOf(text) - epochDays);
  return bytes;
}

export function dateFromBinary(bytes: Buffer): string {
  const days = bytes.readInt32BE();
  return specialName(limits.day, days) ?? dateText(days + epochDays);
}

/** `2026-03-01 10:00:00.5`, with or without an offset such as `+00` or `+10:30` → microseconds since 2000 (in UTC). */
export function timestampToBinary(text: string): Buffer {
  const special = limits.micros[text as keyof typeof limits.micros];
  if (special !== undefined) return int64(special);
  const [, date = "", time = "", offset = "", era = ""] =
    /^(\d{4,}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)([+-]\d\d(?::?\d\d)?(?::?\d\d)?|Z)?( BC)?$/.exec(text) ??
    fail("a timestamp", text);
  const micros = BigInt(daysOf(date + era)) * dayMicros + microsOf(time) - offsetMicros(offset);
  return int64(micros - epochMicros);
}

/** @param offset what is written behind it: `+00` for a timestamp with time zone, which is in UTC */
export function timestampFromBinary(bytes: Buffer, offset: "" | "+00"): string {
  const raw = bytes.readBigInt64BE();
  const special = specialName(limits.micros, raw);
  if (special !== undefined) return special;
  const micros = raw + epochMicros;
  const day = micros >= 0n || micros % dayMicros === 0n ? micros / dayMicros : micros / dayMicros - 1n;
  const [date = "", era = ""] = dateText(Number(day)).split(/(?= BC)/);
  return `${date} ${timeText(micros - day * dayMicros)}${offset}${era}`;
}

/** `10:00:00.5` → microseconds since midnight; with an offset, its seconds west of Greenwich behind them. */
export function timeToBinary(text: string, withZone: boolean): Buffer {
  const [, time = "", offset = ""] =
    /^(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)([+-][\d:]+|Z)?$/.exec(text) ?? fail("a time", text);
  if (!withZone) return int64(microsOf(time));
  const zone = Buffer.alloc(4);
  zone.writeInt32BE(-Number(offsetMicros(offset) / 1_000_000n));
  return Buffer.concat([int64(microsOf(time)), zone]);
}

export function timeFromBinary(bytes: Buffer): string {
  const time = timeText(bytes.readBigInt64BE());
  if (bytes.length < 12) return time;
  const west = bytes.readInt32BE(8);
  return `${time}${west > 0 ? "-" : "+"}${timeText(BigInt(Math.abs(west)) * 1_000_000n)}`;
}

/** `1 year 2 mons -3 days 04:05:06.7` → microseconds, days, months. */
export function intervalToBinary(text: string): Buffer {
  const parts = [...text.matchAll(/([+-]?\d+)\s*(year|mon|day)s?|([+-]?)(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?/g)];
  if (parts.length === 0 && text !== "00:00:00") fail("an interval", text);
  let [months, days, micros] = [0, 0, 0n];
  for (const [, count, unit, sign, hours = "0", minutes = "0", seconds = "0"] of parts) {
    if (unit === "year") months += Number(count) * 12;
    else if (unit === "mon") months += Number(count);
    else if (unit === "day") days += Number(count);
    else {
      const time = BigInt(hours) * 3_600_000_000n + BigInt(minutes) * 60_000_000n + secondsMicros(seconds);
      micros += sign === "-" ? -time : time;
    }
  }
  const tail = Buffer.alloc(8);
  tail.writeInt32BE(days, 0);
  tail.writeInt32BE(months, 4);
  return Buffer.concat([int64(micros), tail]);
}

export function intervalFromBinary(bytes: Buffer): string {
  const [micros, days, months] = [bytes.readBigInt64BE(0), bytes.readInt32BE(8), bytes.readInt32BE(12)];
  const time = `${micros < 0n ? "-" : ""}${timeText(micros < 0n ? -micros : micros)}`;
  return `${months} mons ${days} days ${time}`;
}

/** Days since 1970 of a date of the Gregorian calendar. */
function daysOf(text: string): number {
  const [, year = "", month = "", day = "", era] = /^(\d{4,})-(\d\d)-(\d\d)( BC)?$/.exec(text) ?? fail("a date", text);
  const date = new Date(0);
  date.setUTCFullYear(era === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  const days = date.getTime() / 86_400_000;
  return Number.isNaN(days) ? fail("a date", text) : days;
}

function dateText(days: number): string {
  const date = new Date(days * 86_400_000);
  if (Number.isNaN(date.getTime())) fail("a date", "it is too far away");
  const year = date.getUTCFullYear();
  const shown = String(year > 0 ? year : 1 - year).padStart(4, "0");
  const [month, day] = [date.getUTCMonth() + 1, date.getUTCDate()].map((part) => String(part).padStart(2, "0"));
  return `${shown}-${month}-${day}${year > 0 ? "" : " BC"}`;
}

function microsOf(time: string): bigint {
  const [hours = "0", minutes = "0", seconds = "0"] = time.split(":");
  return BigInt(hours) * 3_600_000_000n + BigInt(minutes) * 60_000_000n + secondsMicros(seconds);
}

function secondsMicros(text: string): bigint {
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole) * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, "0"));
}

function offsetMicros(offset: string): bigint {
  if (offset === "" || offset === "Z") return 0n;
  const [hours = "0", minutes = "0", seconds = "0"] = offset.slice(1).match(/\d\d/g) ?? [];
  const micros = microsOf(`${hours}:${minutes}:${seconds}`);
  return offset.startsWith("-") ? -micros : micros;
}

function timeText(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const fraction = String(micros % 1_000_000n)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return `${parts.map((part) => String(part).padStart(2, "0")).join(":")}${fraction === "" ? "" : `.${fraction}`}`;
}

function specialName<T>(named: Readonly<Record<string, T>>, value: T): string | undefined {
  return Object.entries(named).find(([, special]) => special === value)?.[0];
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function fail(what: string, reason: string): never {
  throw gatewayError["sql-bad-value"]({ what, reason: JSON.stringify(reason) });
}
