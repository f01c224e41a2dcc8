import type { ScopeRecords } from "./otlp-records.ts";
import {
  anyValueOf,
  attributesOf,
  enumOf,
  idOf,
  listOf,
  type OtlpObject,
  objectOf,
  textOf,
  timeOf,
} from "./otlp-values.ts";

/** Largest `SeverityNumber`: FATAL4. */
const fatal4 = 24;

export function* logRecords(scope: OtlpObject): ScopeRecords {
  for (const log of listOf(scope, "logRecords")) yield () => logRecord(log);
}

function logRecord(log: OtlpObject) {
  const time = timeOf(log, "timeUnixNano");
  const observed = timeOf(log, "observedTimeUnixNano");
  return {
    time: time ?? observed,
    observed_time: observed,
    severity_number: enumOf(log, "severityNumber", fatal4),
    severity_text: textOf(log, "severityText"),
    event_name: textOf(log, "eventName"),
    body: anyValueOf(objectOf(log.body, "body"), 0),
    attributes: attributesOf(log),
    trace_id: idOf(log, "traceId", 32),
    span_id: idOf(log, "spanId", 16),
  };
}
