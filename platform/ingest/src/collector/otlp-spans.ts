import type { OtlpPart } from "./otlp-part.ts";
import type { ScopeRecords } from "./otlp-records.ts";
import {
  attributesOf,
  enumOf,
  idOf,
  integerOf,
  listOf,
  type OtlpObject,
  OtlpRejection,
  objectOf,
  plainInteger,
  textOf,
  timeOf,
} from "./otlp-values.ts";

export function* spanRecords(scope: OtlpPart): ScopeRecords {
  for (const span of scope.inner("spans")) yield { bytes: span.ownBytes, compute: () => spanRecord(span.own()) };
}

function spanRecord(span: OtlpObject) {
  const traceId = idOf(span, "traceId", 32);
  const spanId = idOf(span, "spanId", 16);
  if (traceId === undefined || spanId === undefined) throw new OtlpRejection("a span lacks its traceId or spanId");
  const status = objectOf(span.status, "status");
  const started = integerOf(span, "startTimeUnixNano") ?? 0n;
  const ended = integerOf(span, "endTimeUnixNano") ?? 0n;
  return {
    trace_id: traceId,
    span_id: spanId,
    parent_span_id: idOf(span, "parentSpanId", 16),
    name: textOf(span, "name"),
    kind: enumOf(span, "kind", 5),
    time: timeOf(span, "startTimeUnixNano"),
    end_time: timeOf(span, "endTimeUnixNano"),
    duration_ns: started > 0n && ended >= started ? durationOf(ended - started) : undefined,
    status_code: enumOf(status, "code", 2),
    status_message: textOf(status, "message"),
    attributes: attributesOf(span),
    events: listOf(span, "events").map(eventOf),
    links: listOf(span, "links").map(linkOf),
  };
}

/** One of centuries is no duration that anybody measured. */
function durationOf(nanos: bigint): number | string | undefined {
  return nanos < 2n ** 63n ? plainInteger(nanos) : undefined;
}

function eventOf(event: OtlpObject) {
  return { time: timeOf(event, "timeUnixNano"), name: textOf(event, "name"), attributes: attributesOf(event) };
}

function linkOf(link: OtlpObject) {
  return { trace_id: idOf(link, "traceId", 32), span_id: idOf(link, "spanId", 16), attributes: attributesOf(link) };
}
