import type { Run, RunOutcome } from "@thoth/control/run";

/**
 * A domain's run ends as its jobs did, and points at the first of them that did not succeed.
 * @param runs in the order they ended
 * @param left how many jobs have not been begun
 */
export function judgeParent(runs: readonly Run[], left: number): RunOutcome {
  const partial = runs.filter((run) => run.status === "partial");
  const broken = runs.filter((run) => run.status !== "success" && run.status !== "partial");
  const first = broken.find((run) => run.status !== "skipped") ?? broken[0];
  const total = runs.length + left;
  if (first === undefined) {
    if (left === 0) return partial.length === 0 ? { status: "success" } : judgePartial(partial, total);
    return {
      status: "aborted",
      failureClass: "system",
      failureMessage: `stopped after ${runs.length} of ${total} jobs`,
    };
  }
  const { failureClass, failureStep, rootCauseRunId, runId, status, pipeline } = first;
  const unfinished = left === 0 ? "" : `, and ${left} were not begun`;
  return {
    status: runs.some((run) => run.status === "aborted") ? "aborted" : statusOf(runs, status),
    failureClass,
    failureStep,
    rootCauseRunId: rootCauseRunId ?? runId,
    failureMessage: `${broken.length} of ${total} jobs did not succeed${unfinished}; the first was ${pipeline}, ${status}`,
  };
}

/** Nothing went wrong, but not every row is published. */
function judgePartial(partial: readonly Run[], total: number): RunOutcome {
  const failureMessage = `${partial.length} of ${total} jobs held rows back, as they may; the first was ${partial[0]?.pipeline}`;
  return { status: "partial", failureMessage };
}

function statusOf(runs: readonly Run[], first: Run["status"]): RunOutcome["status"] {
  if (runs.some((run) => run.status === "success" || run.status === "partial")) return "partial";
  return first === "skipped" ? "skipped" : "failed";
}
