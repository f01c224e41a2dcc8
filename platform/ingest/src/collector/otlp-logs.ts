import type { OtlpPart } from "./otlp-part.ts";
import type { ScopeRecords } from "./otlp-records.ts";
import { anyValueOf, attributesOf, enumOf, idOf, type OtlpObject, objectOf, textOf, timeOf } from "./otlp-values.ts";

/** Largest `SeverityNumber`: FATAL4. */
const fatal4 = 24;

export function* logRecords(scope: OtlpPart): ScopeRecords {
  for (const log of scope.inner("logRecords")) yield { bytes: log.ownBytes, compute: () => logRecord(log.own()) };
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
