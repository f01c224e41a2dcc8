/** A kind of telemetry of OpenTelemetry, by the name in its path: `/v1/logs`. */
export type Signal = "logs" | "metrics" | "traces";

export const signals: readonly Signal[] = ["logs", "metrics", "traces"];
