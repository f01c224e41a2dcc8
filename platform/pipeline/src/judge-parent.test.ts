import type { Run, RunStatus } from "@thoth/control/run";
import { expect, test } from "vitest";
import { judgeParent } from "./judge-parent.ts";

function ended(status: RunStatus, runId: string): Run {
  const failed = status === "failed" || status === "aborted";
  const rootCauseRunId = status === "skipped" ? "elsewhere" : null;
  const failure = failed
    ? { failureClass: "quality", failureStep: "audit" }
    : { failureClass: null, failureStep: null };
  return { runId, status, pipeline: `job ${runId}`, rootCauseRunId, ...failure } as Run;
}

test.each<[RunStatus[], number, RunStatus, string | undefined]>([
  [["success", "success"], 0, "success", undefined],
  [["success", "failed", "skipped"], 0, "partial", "1"],
  [["failed", "skipped"], 0, "failed", "0"],
  [["skipped", "failed"], 0, "failed", "1"],
  [["skipped", "skipped"], 0, "skipped", "elsewhere"],
  [["success", "skipped"], 0, "partial", "elsewhere"],
  [["success", "partial"], 0, "partial", undefined],
  [["partial"], 0, "partial", undefined],
  [["partial", "failed"], 0, "partial", "1"],
  [["success", "aborted"], 3, "aborted", "1"],
  [["failed", "success", "aborted"], 1, "aborted", "0"],
  [["success"], 2, "aborted", undefined],
  [[], 2, "aborted", undefined],
])("jobs that ended %j with %d left make the domain %s", (statuses, left, status, rootCauseRunId) => {
  const outcome = judgeParent(
    statuses.map((entry, index) => ended(entry, String(index))),
    left,
  );
  expect(outcome).toMatchObject({ status, ...(rootCauseRunId && { rootCauseRunId }) });
  if (rootCauseRunId === undefined) expect(outcome).not.toHaveProperty("rootCauseRunId");
  if (status === "failed") expect(outcome).toMatchObject({ failureClass: "quality", failureStep: "audit" });
  if (status === "success") expect(outcome).toEqual({ status });
  else expect(outcome.failureMessage).toMatch(/jobs/);
});
