import { isoMoment } from "@thoth/access/iso-moment";

const times: ReadonlySet<string> = new Set(["since", "until", "lastReadAt", "countedSince"]);

/** For `JSON.stringify`: moments as programs outside of this one read them. */
export function isoTimes(key: string, value: unknown): unknown {
  return times.has(key) && typeof value === "number" ? isoMoment(value) : value;
}

/** @param at epoch ms */
export function isoTime(at: number): string {
  return isoMoment(at);
}
