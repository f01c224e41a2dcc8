import { collectedSignals } from "@thoth/ingest/collector/collected-signals";
import { defineSource } from "@thoth/ingest/define-source";

/** Kept for those who look into how services run; no product shows them yet. */
export const signals = defineSource({
  name: "service-signals",
  kind: "otlp",
  description:
    "Logs, metrics and traces that services send with OpenTelemetry, without addresses and without who their users are.",
  streams: [
    collectedSignals({ name: "otlp_logs", signal: "logs" }),
    collectedSignals({ name: "otlp_metrics", signal: "metrics" }),
    collectedSignals({ name: "otlp_spans", signal: "traces" }),
  ],
});
