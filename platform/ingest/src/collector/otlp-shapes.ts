import type { Signal } from "./otlp-signal.ts";
import type { FieldKind, FieldShape, MessageShape } from "./protobuf-wire.ts";

/*
 * The messages of an export request, as far as we keep them: field numbers of opentelemetry-proto 1.x, names as in JSON.
 * A number is never used again there, so this stays right for later versions.
 */

const one = (name: string, kind: FieldKind): FieldShape => ({ name, kind });
const many = (name: string, kind: FieldKind): FieldShape => ({ name, kind, repeated: true });

const anyValue: MessageShape = {
  1: one("stringValue", "string"),
  2: one("boolValue", "bool"),
  3: one("intValue", "int64"),
  4: one("doubleValue", "double"),
  5: one("arrayValue", () => ({ 1: many("values", () => anyValue) })),
  6: one("kvlistValue", () => ({ 1: many("values", () => keyValue) })),
  7: one("bytesValue", "bytes"),
};

const keyValue: MessageShape = { 1: one("key", "string"), 2: one("value", () => anyValue) };
const attributes = many("attributes", () => keyValue);
const resource = one("resource", () => ({ 1: attributes }));
const scope = one("scope", () => ({ 1: one("name", "string"), 2: one("version", "string"), 3: attributes }));

const logRecord: MessageShape = {
  1: one("timeUnixNano", "fixed64"),
  2: one("severityNumber", "int32"),
  3: one("severityText", "string"),
  5: one("body", () => anyValue),
  6: attributes,
  9: one("traceId", "hex"),
  10: one("spanId", "hex"),
  11: one("observedTimeUnixNano", "fixed64"),
  12: one("eventName", "string"),
};

const span: MessageShape = {
  1: one("traceId", "hex"),
  2: one("spanId", "hex"),
  4: one("parentSpanId", "hex"),
  5: one("name", "string"),
  6: one("kind", "int32"),
  7: one("startTimeUnixNano", "fixed64"),
  8: one("endTimeUnixNano", "fixed64"),
  9: attributes,
  11: many("events", () => ({ 1: one("timeUnixNano", "fixed64"), 2: one("name", "string"), 3: attributes })),
  13: many("links", () => ({ 1: one("traceId", "hex"), 2: one("spanId", "hex"), 4: attributes })),
  15: one("status", () => ({ 2: one("message", "string"), 3: one("code", "int32") })),
};

const numberPoint: MessageShape = {
  2: one("startTimeUnixNano", "fixed64"),
  3: one("timeUnixNano", "fixed64"),
  4: one("asDouble", "double"),
  6: one("asInt", "sfixed64"),
  7: attributes,
};

const histogramPoint: MessageShape = {
  2: one("startTimeUnixNano", "fixed64"),
  3: one("timeUnixNano", "fixed64"),
  4: one("count", "fixed64"),
  5: one("sum", "double"),
  6: many("bucketCounts", "fixed64"),
  7: many("explicitBounds", "double"),
  9: attributes,
  11: one("min", "double"),
  12: one("max", "double"),
};

const buckets = () => ({ 1: one("offset", "sint32"), 2: many("bucketCounts", "uint64") });

const exponentialPoint: MessageShape = {
  1: attributes,
  2: one("startTimeUnixNano", "fixed64"),
  3: one("timeUnixNano", "fixed64"),
  4: one("count", "fixed64"),
  5: one("sum", "double"),
  6: one("scale", "sint32"),
  7: one("zeroCount", "fixed64"),
  8: one("positive", buckets),
  9: one("negative", buckets),
  12: one("min", "double"),
  13: one("max", "double"),
};

const summaryPoint: MessageShape = {
  2: one("startTimeUnixNano", "fixed64"),
  3: one("timeUnixNano", "fixed64"),
  4: one("count", "fixed64"),
  5: one("sum", "double"),
  6: many("quantileValues", () => ({ 1: one("quantile", "double"), 2: one("value", "double") })),
  7: attributes,
};

const points = (shape: MessageShape) => many("dataPoints", () => shape);
const temporality = one("aggregationTemporality", "int32");

const metric: MessageShape = {
  1: one("name", "string"),
  3: one("unit", "string"),
  5: one("gauge", () => ({ 1: points(numberPoint) })),
  7: one("sum", () => ({ 1: points(numberPoint), 2: temporality, 3: one("isMonotonic", "bool") })),
  9: one("histogram", () => ({ 1: points(histogramPoint), 2: temporality })),
  10: one("exponentialHistogram", () => ({ 1: points(exponentialPoint), 2: temporality })),
  11: one("summary", () => ({ 1: points(summaryPoint) })),
};

function request(resources: string, scopes: string, records: FieldShape): MessageShape {
  const scopeShape: MessageShape = { 1: scope, 2: records };
  return { 1: many(resources, () => ({ 1: resource, 2: many(scopes, () => scopeShape) })) };
}

/** Export requests by signal. @source opentelemetry-proto, collector services */
export const exportShapes: Readonly<Record<Signal, MessageShape>> = {
  logs: request(
    "resourceLogs",
    "scopeLogs",
    many("logRecords", () => logRecord),
  ),
  traces: request(
    "resourceSpans",
    "scopeSpans",
    many("spans", () => span),
  ),
  metrics: request(
    "resourceMetrics",
    "scopeMetrics",
    many("metrics", () => metric),
  ),
};
