import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readExport } from "../fixtures/read-export.ts";
import { encodingOf } from "./otlp-encoding.ts";
import type { Signal } from "./otlp-signal.ts";

const resource = resourceFromAttributes({ "service.name": "ontrack-api", "host.ip": "10.0.0.7" });
const attributes = {
  route: "/api/units",
  count: 3,
  share: 0.25,
  ok: true,
  tags: ["a", "ü"],
  "client.address": "10.0.0.9",
  "user.email": "ada@example.org",
};
const kept = { route: "/api/units", count: 3, share: 0.25, ok: true, tags: ["a", "ü"] };

/** What our reader makes of the bytes that the real exporters send, in one of the encodings. */
function read(signal: Signal, binary: boolean, bytes: Uint8Array | undefined) {
  if (bytes === undefined) throw new Error("the serializer gave nothing");
  return readExport(signal, bytes, { binary });
}

const readJson = (signal: Signal, bytes: Uint8Array | undefined) => read(signal, false, bytes);
const readBinary = (signal: Signal, bytes: Uint8Array | undefined) => read(signal, true, bytes);

describe("what OpenTelemetry's own exporters send is read alike in both encodings", () => {
  test("logs", async () => {
    const exporter = new InMemoryLogRecordExporter();
    const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
    const logger = provider.getLogger("scope", "1.2.3");
    logger.emit({
      body: "Hello, Wörld",
      severityNumber: 9,
      severityText: "INFO",
      attributes,
      timestamp: 1_700_000_000_123,
    });
    logger.emit({ body: { nested: { list: [1, -2, 3.5, null] }, big: -1 }, eventName: "thing.happened", timestamp: 5 });
    logger.emit({ timestamp: 7 });
    await provider.forceFlush();
    const records = exporter.getFinishedLogRecords();
    const { records: binary, rejected } = readBinary("logs", ProtobufLogsSerializer.serializeRequest(records));
    expect(rejected).toBe(0);
    expect(binary).toEqual(readJson("logs", JsonLogsSerializer.serializeRequest(records)).records);
    expect(binary).toMatchObject([
      {
        time: "2023-11-14T22:13:20.123000Z",
        severity_number: 9,
        severity_text: "INFO",
        body: "Hello, Wörld",
        attributes: kept,
        scope: "scope",
        scope_version: "1.2.3",
        source: "/otlp/logs",
      },
      { body: { nested: { list: [1, -2, 3.5, null] }, big: -1 }, event_name: "thing.happened" },
      { body: null },
    ]);
    expect(binary[0]?.attributes, "nobody is named").toEqual(kept);
    expect(binary[0]?.resource).toEqual({ "service.name": "ontrack-api" });
  });

  test("traces", async () => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    const tracer = provider.getTracer("scope");
    const span = tracer.startSpan("GET /units", { kind: SpanKind.SERVER, attributes, startTime: 1_700_000_000_000 });
    span.addEvent("cache.miss", { key: "x" }, 1_700_000_000_001);
    span.setStatus({ code: SpanStatusCode.ERROR, message: "no" });
    span.end(1_700_000_000_250);
    await provider.forceFlush();
    const spans = exporter.getFinishedSpans();
    const { records: binary, rejected } = readBinary("traces", ProtobufTraceSerializer.serializeRequest(spans));
    expect(rejected).toBe(0);
    expect(binary).toEqual(readJson("traces", JsonTraceSerializer.serializeRequest(spans)).records);
    const { traceId, spanId } = span.spanContext();
    expect(binary).toMatchObject([
      {
        trace_id: traceId,
        span_id: spanId,
        name: "GET /units",
        kind: 2,
        time: "2023-11-14T22:13:20.000000Z",
        end_time: "2023-11-14T22:13:20.250000Z",
        duration_ns: 250_000_000,
        status_code: 2,
        status_message: "no",
        attributes: kept,
        events: [{ time: "2023-11-14T22:13:20.001000Z", name: "cache.miss", attributes: { key: "x" } }],
      },
    ]);
  });

  test("metrics", async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const exponential = {
      instrumentName: "sizes",
      aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
    } as const;
    const provider = new MeterProvider({ resource, readers: [reader], views: [exponential] });
    const meter = provider.getMeter("scope");
    meter.createCounter("requests", { unit: "1" }).add(5, { route: "/a" });
    meter.createUpDownCounter("open").add(-2);
    meter.createGauge("temperature").record(21.5);
    meter.createHistogram("latency", { unit: "ms" }).record(12);
    const sizes = meter.createHistogram("sizes");
    for (const size of [1, 4, 9, -3, 0]) sizes.record(Math.abs(size));
    await provider.forceFlush();
    const [metrics] = exporter.getMetrics();
    if (metrics === undefined) throw new Error("there are no metrics");
    const { records: binary, rejected } = readBinary("metrics", ProtobufMetricsSerializer.serializeRequest(metrics));
    expect(rejected).toBe(0);
    expect(binary).toEqual(readJson("metrics", JsonMetricsSerializer.serializeRequest(metrics)).records);
    expect(binary).toMatchObject([
      { name: "sizes", kind: "exponentialHistogram", count: 5, sum: 17, distribution: { zero_count: 1 } },
      {
        name: "requests",
        kind: "sum",
        unit: "1",
        temporality: 2,
        is_monotonic: true,
        value: 5,
        attributes: { route: "/a" },
      },
      { name: "open", kind: "sum", is_monotonic: false, value: -2 },
      { name: "temperature", kind: "gauge", value: 21.5 },
      { name: "latency", kind: "histogram", count: 1, sum: 12, distribution: { min: 12, max: 12 } },
    ]);
    await provider.shutdown();
  });
});

const inLogs = (...logRecords: unknown[]) =>
  ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }) as Readonly<Record<string, unknown>>;

test.each<[string, unknown, unknown]>([
  ["64-bit integers as texts", { timeUnixNano: "1544712660000000000" }, { time: "2018-12-13T14:51:00.000000Z" }],
  ["64-bit integers as numbers", { timeUnixNano: 1000 }, { time: "1970-01-01T00:00:00.000001Z" }],
  ["integers that no number holds", { body: { intValue: "9223372036854775807" } }, { body: "9223372036854775807" }],
  [
    "ids in hexadecimal digits of any case",
    { traceId: "5B8EFFF798038103D269B633813FC60C" },
    { trace_id: "5b8efff798038103d269b633813fc60c" },
  ],
  ["ids of zeros, which are none", { spanId: "0000000000000000" }, { span_id: undefined }],
  ["fields that nobody knows", { futureField: { a: 1 }, severityNumber: 17 }, { severity_number: 17 }],
  ["keys of another spelling, which are not known", { severity_text: "INFO" }, { severity_text: undefined }],
  ["numbers that JSON lacks", { body: { doubleValue: "NaN" } }, { body: null }],
  ["texts that are none", { body: { stringValue: "a\ud800\0" } }, { body: "a\ufffd\ufffd" }],
])("a log may have %s", (_, log, expected) => {
  expect(readExport("logs", inLogs(log))).toMatchObject({ records: [expected], rejected: 0 });
});

test.each<[string, unknown, string]>([
  ["an enum by its name", { severityNumber: "SEVERITY_NUMBER_INFO" }, "severityNumber is no integer from 0 to 24"],
  ["an id in base64", { traceId: "W47/95gDgQPSabYzgT/GDA==" }, "traceId does not have 32 hexadecimal digits"],
  ["a time that is none", { timeUnixNano: "tomorrow" }, "timeUnixNano is no integer of 64 bits"],
  ["a text that is a number", { severityText: 9 }, "severityText is no text"],
])("a log with %s is rejected, and the others are taken", (_, log, reason) => {
  expect(readExport("logs", inLogs({ body: { stringValue: "fine" } }, log))).toMatchObject({
    records: [{ body: "fine" }],
    rejected: 1,
    reason,
  });
});

test("records are named by what they say, so a request that is sent again is known, and equal records are counted", () => {
  const twice = inLogs({ timeUnixNano: "5" }, { timeUnixNano: "5" }, { timeUnixNano: "6" });
  const ids = (now: number) => readExport("logs", twice, { now }).records.map(({ id }) => id);
  expect(new Set(ids(0)).size).toBe(3);
  expect(ids(1)).toEqual(ids(0));
});

test("records that say no time are never taken for one another: they may well have happened twice", () => {
  const log = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "failed" } }] }] }] };
  const ids = [1, 2, 3].flatMap(() => readExport("logs", log).records.map(({ id }) => id));
  expect(new Set(ids).size).toBe(3);
});

test.each<[string, Buffer]>([
  ["cut off", Buffer.from([0x0a, 0x05, 0x01])],
  ["an integer without an end", Buffer.alloc(20, 0xff)],
  ["of another wire type", Buffer.from([0x08, 0x01])],
  ["a group", Buffer.from([0x0b])],
])("binary that is %s cannot be read", (_, bytes) => {
  expect(() => readBinary("logs", bytes)).toThrowError(/wire type|cut off|does not end|number 0/);
});

test("what was rejected is said in both encodings", () => {
  const json = encodingOf("application/json; charset=utf-8");
  const binary = encodingOf("application/x-protobuf");
  expect(json?.success("logs", { rejected: 0 }).body).toBe("{}");
  expect(JSON.parse(String(json?.success("traces", { rejected: 5, reason: "why" }).body))).toEqual({
    partialSuccess: { rejectedSpans: "5", errorMessage: "why" },
  });
  expect(
    ProtobufLogsSerializer.deserializeResponse(
      binary?.success("logs", { rejected: 300, reason: "why" }).body as Buffer,
    ),
  ).toEqual({
    partialSuccess: { rejectedLogRecords: 300, errorMessage: "why" },
  });
  expect(binary?.success("logs", { rejected: 0 }).body).toHaveLength(0);
});

test("wherever records lie in a request, and whatever lies around them, they are found", () => {
  const text = fc.string({ unit: "binary", maxLength: 10 }).map((given) => given.toWellFormed());
  const unknown = fc.dictionary(
    text.map((name) => `x${name}`),
    fc.jsonValue({ maxDepth: 3 }),
    { maxKeys: 2 },
  );
  const around = (field: string, value: fc.Arbitrary<unknown>) =>
    fc.tuple(unknown, value, unknown).map(([before, inner, behind]) => ({ ...before, [field]: inner, ...behind }));
  const listOfAll = (field: string, value: fc.Arbitrary<unknown>) =>
    around(field, fc.oneof(fc.array(value, { maxLength: 3 }), fc.constant(null)));
  const body = around(
    "body",
    text.map((stringValue) => ({ stringValue })),
  );
  const request = listOfAll("resourceLogs", listOfAll("scopeLogs", listOfAll("logRecords", body)));
  const spaces = fc.constantFrom(undefined, 1, "\t", "\r\n ");
  fc.assert(
    fc.property(request, spaces, (given, space) => {
      const json = JSON.stringify(given, null, space);
      const expected = listIn(given, "resourceLogs")
        .flatMap((resource) => listIn(resource, "scopeLogs"))
        .flatMap((scope) => listIn(scope, "logRecords"))
        .map((log) => (log as { body: { stringValue: string } }).body.stringValue.replaceAll("\0", "\ufffd"));
      const { records, rejected } = readExport("logs", Buffer.from(json));
      expect({ bodies: records.map((record) => record.body), rejected }).toEqual({ bodies: expected, rejected: 0 });
    }),
  );
});

function listIn(owner: unknown, field: string): unknown[] {
  return (owner as Record<string, unknown[] | null>)[field] ?? [];
}

test("a request that is cut off anywhere cannot be read", () => {
  const log = { body: { stringValue: 'quote \\" and [brackets}' }, attributes: [{ key: "a", value: { intValue: 1 } }] };
  const json = Buffer.from(JSON.stringify({ x: [1, { y: "]" }], ...inLogs(log, {}) }));
  for (let size = 0; size < json.length; size++)
    expect(() => readExport("logs", json.subarray(0, size)), `at ${size}`).toThrowError(/no (JSON|object|list)/);
  expect(readExport("logs", json)).toMatchObject({ records: [{}, {}], rejected: 0 });
});

test.each([
  ["two requests", "{}{}"],
  ["a comma at the end", '{"resourceLogs":[{},]}'],
  ["no comma", '{"resourceLogs":[{}{}]}'],
  ["no colon", '{"resourceLogs"[]}'],
  ["a word", '{"resourceLogs":nothing}'],
  ["a list that ends as an object", '{"resourceLogs":[{}}'],
  ["an end too many", '{"x":]}'],
])("JSON with %s cannot be read", (_, json) => {
  expect(() => readExport("logs", Buffer.from(json))).toThrowError(/no (JSON|object)/);
});
