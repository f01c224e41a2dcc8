import { MeshError } from "@thoth/kernel/mesh-error";
import { expect, test } from "vitest";
import { describeJobFailure, FailureFacts } from "./failure.ts";
import { StepFailure, step } from "./job-context.ts";

const running = new AbortController().signal;
const expected = (code: string) =>
  new MeshError(code, { message: "It broke.", hint: "Mend it." }, { at: { file: "a.sql", line: 3 } });

test.each([
  ["ingest/no-files", "source"],
  ["ingest/malformed-file", "source"],
  ["ingest/wrong-type", "schema"],
  ["ingest/raw-type-changed", "schema"],
  ["warehouse/value-type", "schema"],
  ["contract/invalid", "schema"],
  ["pipeline/domain-not-loaded", "schema"],
  ["pipeline/query-failed", "schema"],
  ["pipeline/cast-failed", "schema"],
  ["pipeline/input-not-published", "source"],
  ["pipeline/checks-failed", "quality"],
  ["pipeline/rule-refused", "policy"],
  ["warehouse/disk-full", "system"],
  ["warehouse/corrupt-file", "system"],
  ["control/unknown-run", "system"],
])("%s is a failure of class %s", (code, failureClass) => {
  expect(describeJobFailure(new StepFailure("audit", expected(code)), running)).toMatchObject({
    status: "failed",
    failureClass,
    failureStep: "audit",
    failureMessage: `${code}: It broke.\n  at   a.sql:3\n  hint Mend it.`,
  });
});

test("what nobody expected is the system's", () => {
  const failure = new FailureFacts({}, new StepFailure("stage", new TypeError("x is not a function")));
  expect(describeJobFailure(failure, running)).toEqual({
    status: "failed",
    failureClass: "system",
    failureStep: "stage",
    failureMessage: "TypeError: x is not a function",
  });
});

test("a failing clean-up does not hide the first failure, nor what was known of it", async () => {
  const failure = await step("stage", async () => {
    await using _ = { [Symbol.asyncDispose]: () => Promise.reject(new Error("cannot drop either")) };
    throw new FailureFacts({ checksFailed: 2 }, new StepFailure("audit", expected("pipeline/checks-failed")));
  }).catch((error: unknown) => new FailureFacts({ watermarkBefore: 7 }, error));
  expect(describeJobFailure(failure, running)).toMatchObject({
    failureClass: "quality",
    failureStep: "audit",
    checksFailed: 2,
    watermarkBefore: 7,
  });
});

test.each([
  ["aborted", new DOMException("stopped by SIGTERM", "AbortError"), "system"],
  ["failed", new DOMException("timed out after 5 ms", "TimeoutError"), "timeout"],
])("%s: stopped by %s", (status, reason, failureClass) => {
  const failure = describeJobFailure(new StepFailure("clean", reason), AbortSignal.abort(reason));
  const failureMessage = `stopped: ${reason.name}: ${reason.message}`;
  expect(failure).toEqual({ status, failureClass, failureStep: "clean", failureMessage });
});
