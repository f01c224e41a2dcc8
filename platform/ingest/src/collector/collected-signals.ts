import { declareColumns } from "../column-spec.ts";
import type { Stream } from "../connector.ts";
import { readCollected } from "./collected-batches.ts";
import { keepLanded } from "./landed-rows.ts";
import type { Signal } from "./otlp-signal.ts";

export interface CollectedSignalsOptions {
  /** Lands in `raw.<name>`. */
  readonly name: string;
  readonly signal: Signal;
}

const shared = { id: "VARCHAR", source: "VARCHAR", recordedtime: "TIMESTAMP WITH TIME ZONE" } as const;
const context = { attributes: "JSON", resource: "JSON", scope: "VARCHAR", scope_version: "VARCHAR" } as const;

/** What lands of each kind: a log record, a span, a data point of a metric. */
const columnTypes = {
  logs: {
    time: "TIMESTAMP WITH TIME ZONE",
    observed_time: "TIMESTAMP WITH TIME ZONE",
    severity_number: "INTEGER",
    severity_text: "VARCHAR",
    event_name: "VARCHAR",
    body: "JSON",
    trace_id: "VARCHAR",
    span_id: "VARCHAR",
  },
  traces: {
    time: "TIMESTAMP WITH TIME ZONE",
    end_time: "TIMESTAMP WITH TIME ZONE",
    duration_ns: "BIGINT",
    trace_id: "VARCHAR",
    span_id: "VARCHAR",
    parent_span_id: "VARCHAR",
    name: "VARCHAR",
    kind: "INTEGER",
    status_code: "INTEGER",
    status_message: "VARCHAR",
    events: "JSON",
    links: "JSON",
  },
  metrics: {
    time: "TIMESTAMP WITH TIME ZONE",
    start_time: "TIMESTAMP WITH TIME ZONE",
    name: "VARCHAR",
    unit: "VARCHAR",
    kind: "VARCHAR",
    temporality: "INTEGER",
    is_monotonic: "BOOLEAN",
    value: "DOUBLE",
    count: "UBIGINT",
    sum: "DOUBLE",
    distribution: "JSON",
  },
} as const satisfies Record<Signal, Record<string, string>>;

/** Telemetry of OpenTelemetry that the collector has taken in at `/v1/<signal>`; a request that was sent again lands once. */
export function collectedSignals({ name, signal }: CollectedSignalsOptions): Stream {
  const columns = declareColumns({ ...shared, ...columnTypes[signal], ...context });
  return {
    name,
    columns,
    eventTime: "time",
    intake: { kind: "otlp", signal },
    mode: "append",
    key: ["source", "id"],
    async *read(reading) {
      if (reading.checkpoint === undefined) yield* keepLanded({ name, columns }, reading);
      yield* readCollected({ name, columns, context: reading, checkpoint: reading.checkpoint });
    },
  };
}
