import { type CloudEvent, parseTime } from "./cloud-event.ts";
import type { LogRecord } from "./event-log.ts";

/**
 * An event as it is kept and landed: the attributes that land, and nothing about who sent it. Times are in UTC with
 * milliseconds. `recordedtime` is when it came unless the sender says that it was recorded earlier.
 * @param now epoch ms
 */
export function eventRecord(event: CloudEvent, now: number): LogRecord {
  const { id, source, specversion, type, subject, time, dataclassification, sequence, recordedtime, data } = event;
  const recorded = recordedtime === undefined ? now : Math.min(now, parseTime(recordedtime) ?? now);
  const happened = time === undefined ? undefined : parseTime(time);
  return {
    id,
    source,
    specversion,
    type,
    subject,
    ...(happened !== undefined && { time: new Date(happened).toISOString() }),
    dataclassification,
    ...(sequence !== undefined && { sequence: String(sequence) }),
    recordedtime: new Date(recorded).toISOString(),
    data,
  };
}
