import { randomUUID } from "node:crypto";
import { memoryQueue } from "./event-queue.ts";
import { spoolQueue } from "./spool-queue.ts";
import { createTelemetry, type Telemetry, type TelemetryEffects, type TelemetryOptions } from "./telemetry.ts";

export interface NodeTelemetryOptions
  extends Omit<TelemetryOptions, "queue" | "effects" | "doNotTrack" | "key" | "dataclassification"> {
  readonly key?: string | undefined;
  /** Of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder in which events wait while there is no connection; without it they wait in memory only. */
  readonly spool?: string | undefined;
  readonly effects?: Partial<TelemetryEffects>;
}

/** For programs on Node: off unless switched on and agreed to, and always off with DO_NOT_TRACK. */
export function nodeTelemetry({ env, spool, key, effects, ...options }: NodeTelemetryOptions): Telemetry {
  return createTelemetry({
    ...options,
    key,
    doNotTrack: env.DO_NOT_TRACK,
    queue: spool === undefined ? memoryQueue() : spoolQueue(spool),
    effects: { ...nodeEffects, ...effects },
  });
}

const nodeEffects: TelemetryEffects = {
  fetch: (...request) => fetch(...request),
  now: Date.now,
  randomId: randomUUID,
  random: Math.random,
  schedule(work, afterMs) {
    const timer = setTimeout(work, afterMs).unref();
    return () => clearTimeout(timer);
  },
};
