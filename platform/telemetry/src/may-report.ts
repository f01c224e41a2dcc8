import type { Consent } from "./telemetry-event.ts";

export interface Wishes {
  /** What the person agreed to; undefined when nobody asked, which is a no. */
  readonly consent: Consent | undefined;
  /** The program's own switch, such as the variable SPLASHKIT_TELEMETRY: only `1`, `true` and `on` are a yes. */
  readonly enabled: string | boolean | undefined;
  /** What the system or browser says for all programs, such as DO_NOT_TRACK: anything but unset, `0`, `false` and `off` is a no. */
  readonly doNotTrack: string | boolean | null | undefined;
}

/** Off unless it was switched on, agreed to, and nothing speaks against it. */
export function mayReport({ consent, enabled, doNotTrack }: Wishes): boolean {
  return consent !== undefined && isYes(enabled) && !isWished(doNotTrack);
}

function isYes(value: string | boolean | undefined): boolean {
  return value === true || (typeof value === "string" && /^(1|true|on)$/i.test(value.trim()));
}

function isWished(value: string | boolean | null | undefined): boolean {
  if (typeof value !== "string") return value === true;
  return !/^(0|false|off|unspecified|null)?$/i.test(value.trim());
}
