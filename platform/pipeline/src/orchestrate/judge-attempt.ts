import type { FailureClass, Run } from "@thoth/control/run";
import { isPassing } from "./plan-retry.ts";

export type AttemptVerdict =
  | { readonly kind: "success" }
  /** Somebody stopped it: it has neither failed nor succeeded. */
  | { readonly kind: "stopped" }
  /** `runId`: of the domain's run, which the next attempt names. */
  | { readonly kind: "failed"; readonly failure: FailureClass; readonly runId: string };

/**
 * What became of an attempt.
 * @param runs of one call of `runMesh` for one target
 * @param signal of the worker, not of the attempt: a time that ran out is a failure
 */
export function judgeAttempt(runs: readonly Run[], signal: AbortSignal): AttemptVerdict {
  const parent = runs.find(({ pipeline }) => pipeline === "domain");
  if (parent === undefined || runs.every(({ status }) => status === "success")) return { kind: "success" };
  if (signal.aborted) return { kind: "stopped" };
  const ids = new Set(runs.map(({ runId }) => runId));
  const failures = runs.filter(({ status, rootCauseRunId }) => isBroken(status) && !ids.has(rootCauseRunId ?? ""));
  // One that passes is worth another attempt, whatever else stays wrong.
  const passing = failures.find(({ failureClass }) => failureClass !== null && isPassing(failureClass));
  const failure = (passing ?? failures.find(({ failureClass }) => failureClass !== null))?.failureClass;
  return failure == null ? { kind: "success" } : { kind: "failed", failure, runId: parent.runId };
}

/** What a run left out on purpose, as its contract allows, is no failure. */
function isBroken(status: Run["status"]): boolean {
  return status !== "success" && status !== "partial";
}
