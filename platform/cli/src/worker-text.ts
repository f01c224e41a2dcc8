import type { PresenceChange } from "@thoth/control/presence";
import type { Run } from "@thoth/control/run";
import type { WorkerEvent } from "@thoth/pipeline/orchestrate/worker";
import { formatDuration } from "./run-text.ts";

export interface WorkerLine {
  readonly level: "info" | "error";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What a worker says of its connection to the control plane's server. */
export function describePresence(change: PresenceChange): string {
  return presenceText[change];
}

const presenceText: Readonly<Record<PresenceChange, string>> = {
  lost: "out of the control plane's sight: it tries to come back, and what runs goes on",
  overdue: "out of the control plane's sight for too long: it stops what it runs",
  back: "the control plane sees this worker again",
};

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
      // Rows that were held back as a contract allows are no failure, which would have a class.
      const isAllowed = status === "partial" && parent?.failureClass === null;
      return {
        level: status === "success" || isAllowed ? "info" : "error",
        message: `run ended: ${status}`,
        details: { ...details, run: parent?.runId, ...heldBack(event.runs), ...firstFailure(event.runs) },
      };
    }
    case "retried":
      return { level: "info", message: `tried again in ${formatDuration(event.delayMs)}`, details };
    case "gave-up":
      return { level: "error", message: `given up: ${event.reason}`, details };
    case "held":
      return { level: "info", message: "paused: held until it is resumed", details };
    case "taken-over":
      return { level: "info", message: "its worker is gone: begun again", details };
    case "taken-away":
      return { level: "info", message: "out of sight for too long: another worker has begun it again", details };
    default:
      return event satisfies never;
  }
}

/** How many rows are not published, or have not landed, because they may be left out. */
function heldBack(runs: readonly Run[]): Readonly<Record<string, number>> {
  const partial = runs.filter(({ pipeline, status }) => pipeline !== "domain" && status === "partial");
  if (partial.length === 0) return {};
  return { heldBack: partial.reduce((sum, { rowsRejected }) => sum + (rowsRejected ?? 0), 0) };
}

/** What failed first: a parent only counts, and what was skipped is not to blame. */
function firstFailure(runs: readonly Run[]): Readonly<Record<string, unknown>> {
  const isToBlame = ({ pipeline, status }: Run) =>
    pipeline !== "domain" && (status === "failed" || status === "aborted");
  const run = runs.find(isToBlame) ?? runs.find(({ status }) => status === "failed" || status === "aborted");
  if (run?.failureMessage == null) return {};
  const [because] = run.failureMessage.split("\n");
  return { failed: run.pipeline, class: run.failureClass, because };
}
