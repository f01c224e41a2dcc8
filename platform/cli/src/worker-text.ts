import type { WorkerEvent } from "@thoth/pipeline/orchestrate/worker";
import { formatDuration } from "./run-text.ts";

export interface WorkerLine {
  readonly level: "info" | "error";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** An event of a worker, for a server's log. */
export function describeEvent(event: WorkerEvent): WorkerLine {
  if (event.kind === "trouble") return { level: "error", message: event.reason, details: {} };
  const { target, trigger, attempt } = event.request;
  const details = { target, trigger, ...(attempt > 1 && { attempt }) };
  switch (event.kind) {
    case "started":
      return { level: "info", message: "run begins", details };
    case "ended": {
      const parent = event.runs.find(({ pipeline }) => pipeline === "domain");
      const status = parent?.status ?? "success";
      const level = status === "success" ? "info" : "error";
      return { level, message: `run ended: ${status}`, details: { ...details, run: parent?.runId } };
    }
    case "retried":
      return { level: "info", message: `tried again in ${formatDuration(event.delayMs)}`, details };
    case "gave-up":
      return { level: "error", message: `given up: ${event.reason}`, details };
    case "held":
      return { level: "info", message: "paused: held until it is resumed", details };
    case "taken-over":
      return { level: "info", message: "its worker is gone: begun again", details };
    default:
      return event satisfies never;
  }
}
