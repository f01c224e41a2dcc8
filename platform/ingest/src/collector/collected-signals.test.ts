import { join } from "node:path";
import { openLanding } from "@thoth/testing/landing";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { readExport } from "../fixtures/read-export.ts";
import { collectedSignals } from "./collected-signals.ts";
import { logEntry, openEventLog } from "./event-log.ts";
import type { Signal } from "./otlp-signal.ts";
import type { OtlpObject } from "./otlp-values.ts";

const most = "18446744073709551615";
const latest = most;
const ids = { traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174" };
const attributes = [{ key: "a", value: { kvlistValue: { values: [{ key: "b", value: { doubleValue: "NaN" } }] } } }];

const logRecords = [
  { timeUnixNano: latest, severityNumber: 24, body: { intValue: "-9223372036854775808" }, attributes, ...ids },
  { observedTimeUnixNano: "1", body: { stringValue: 'quote " and ü and \u2028' } },
  { body: { bytesValue: "AAEC" } },
  { body: { boolValue: false } },
  { body: { arrayValue: { values: [{}, { stringValue: "" }] } } },
  {},
];
const spans = [
  { ...ids, name: "s", startTimeUnixNano: "1", endTimeUnixNano: latest, events: [{ name: "e", timeUnixNano: "5" }] },
  { ...ids, endTimeUnixNano: "1", links: [ids], status: { code: 2, message: "no" } },
];
const metrics = [
  { name: "g", gauge: { dataPoints: [{ asDouble: 1e308 }, { asDouble: "-Infinity" }, { asInt: most }, {}] } },
  {
    name: "s",
    sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ asInt: "-5", timeUnixNano: latest }] },
  },
  { name: "h", histogram: { dataPoints: [{ count: most, sum: 0.5, bucketCounts: [most], explicitBounds: [1] }] } },
  {
    name: "e",
    exponentialHistogram: { dataPoints: [{ count: 1, scale: -3, positive: { offset: -2, bucketCounts: ["1"] } }] },
  },
  { name: "q", summary: { dataPoints: [{ count: 2, sum: 3, quantileValues: [{ quantile: 0.5, value: 1 }] }] } },
];

const requests: Readonly<Record<Signal, OtlpObject>> = {
  logs: {
    resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: "n", version: "v" }, logRecords }] }],
  },
  traces: { resourceSpans: [{ scopeSpans: [{ spans }] }] },
  metrics: { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] },
};

test.each<[Signal, string, number, readonly unknown[]]>([
  [
    "logs",
    "body::varchar",
    6,
    ['"-9223372036854775808"', '"AAEC"', '"quote \\" and ü and \u2028"', '[null,""]', "false", null],
  ],
  ["traces", "coalesce(duration_ns::varchar, status_message)", 2, ["no", null]],
  [
    "metrics",
    "concat_ws(' ', name, kind, value, count, sum)",
    8,
    [
      "e exponentialHistogram 1",
      "g gauge",
      "g gauge",
      "g gauge 1.8446744073709552e+19",
      "g gauge 1e+308",
      `h histogram ${most} 0.5`,
      "q summary 2 3.0",
      "s sum -5.0",
    ],
  ],
])("every record of %s that is taken lands, with its extremes", async (signal, column, count, expected) => {
  await using dir = await tempDir();
  const { records, rejected } = readExport(signal, requests[signal], { now: Date.UTC(2026, 0, 1) });
  expect({ count: records.length, rejected }).toEqual({ count, rejected: 0 });
  {
    const folder = join(dir.path, "signals");
    await using log = await openEventLog({ folder, clock: () => 0, retentionMs: 0 });
    await log.keep(records.map(logEntry));
    expect(await log.keep(records.map(logEntry)), "sent again").toEqual({ duplicates: count });
  }
  await using landing = await openLanding({ collectedDir: dir.path });
  expect(await landing.land(collectedSignals({ name: "signals", signal }))).toMatchObject({ rowsInserted: count });
  const rows = await landing.query(`select ${column} as seen from raw.signals order by 1`);
  expect(rows.map((row) => row.seen)).toEqual(expected);
});
