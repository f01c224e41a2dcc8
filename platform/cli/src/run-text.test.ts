import type { Run } from "@thoth/control/run";
import { expect, test } from "vitest";
import { describeProblems, describeRun, formatDuration } from "./run-text.ts";

const nothing = { rowsInserted: null, rowsUpdated: null, rowsDeleted: null, rowCountAfter: null, durationMs: null };

function run(part: Partial<Run>): Run {
  const base = { domain: "d", pipeline: "clean/t", status: "success", failureStep: null, failureMessage: null };
  return { ...nothing, ...base, rootCauseRunId: null, ...part } as Run;
}

test.each([
  [{ rowCountAfter: 1204, rowsInserted: 12, rowsDeleted: 3, durationMs: 41 }, "success, 1,204 rows (+12 −3), 41 ms"],
  [{ rowCountAfter: 1, rowsUpdated: 1, durationMs: 1234 }, "success, 1 row (~1), 1.2 s"],
  [{ rowCountAfter: 0, rowsInserted: 0 }, "success, 0 rows (unchanged)"],
  [{ status: "failed", rowCountAfter: 5, durationMs: 3 }, "failed, 3 ms"],
  [{ status: "running" }, "running"],
] as const)("%j reads %s", (part, text) => {
  expect(describeRun(run(part))).toBe(text);
});

test.each([
  [0.4, "0 ms"],
  [999, "999 ms"],
  [59_949, "59.9 s"],
  [59_950, "1 min 0 s"],
  [119_700, "2 min 0 s"],
])("%d ms reads %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("problems: what failed of itself with its message, then how much it held up", () => {
  const failed = run({
    pipeline: "extract/a",
    status: "failed",
    failureStep: "extract",
    failureMessage: "x/y: no\n  hint do",
  });
  const skipped = run({ status: "skipped" });
  const parent = run({ pipeline: "domain", status: "partial", rootCauseRunId: "1" });
  expect(describeProblems([failed, skipped, parent])).toBe(
    "\nd extract/a failed at step extract\nx/y: no\n  hint do\n\n1 job was skipped because of that.\n",
  );
  expect(describeProblems([run({})])).toBeUndefined();
});

test("problems: a domain that could not even be opened, and what was stopped", () => {
  const domain = run({ pipeline: "domain", status: "failed", failureStep: "open", failureMessage: "x/y: no" });
  expect(describeProblems([domain])).toBe("\nd failed at step open\nx/y: no\n");
  const stopped = [run({ status: "aborted" }), run({ status: "aborted" })];
  expect(describeProblems(stopped)).toBe("\n2 jobs were stopped. What was published before is still served.\n");
});
