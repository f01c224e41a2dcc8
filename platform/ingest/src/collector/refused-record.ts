import { randomUUID } from "node:crypto";
import type { CloudEvent, EventProblem } from "./cloud-event.ts";
import { largestEvent } from "./event-json.ts";
import type { LogRecord } from "./event-log.ts";
import type { EventIntake, IntakeStream } from "./intake.ts";

export interface Refusal {
  readonly problem: EventProblem;
  /** Absent when it could not be read as an event. */
  readonly event?: CloudEvent;
  /** Absent when no domain takes its type. */
  readonly place?: EventIntake;
}

/** Where a domain's refused events are kept; those that belong to no domain, under the empty name. */
export function refusedStream({ domain }: IntakeStream): IntakeStream {
  return { domain, stream: "refused" };
}

/**
 * What is kept of a refused event: what and why. All of it only when its user agreed and we may hold it, and the envelope
 * when nobody declared what it may say or it is too large; of the others nothing but their number.
 * @param now epoch ms
 */
export function refusedRecord({ problem, event, place }: Refusal, now: number): LogRecord | undefined {
  if (event === undefined || problem.code === "source-not-allowed") return undefined;
  if (place !== undefined && !place.contract.mayBeKept(event)) return undefined;
  const { id, source, type } = event;
  const isWhole = place !== undefined && JSON.stringify(event).length <= largestEvent;
  return {
    source,
    id: randomUUID(),
    refusedtime: new Date(now).toISOString(),
    ...problem,
    event: isWhole ? event : { id, source, type },
  };
}
