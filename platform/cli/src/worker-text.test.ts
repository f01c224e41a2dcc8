import type { JobRequest } from "@thoth/control/job-queue";
import type { Run } from "@thoth/control/run";
import { expect, test } from "vitest";
import { describeEvent, describePresence } from "./worker-text.ts";

const request: JobRequest = { target: "shop/takings", trigger: "schedule", attempt: 2 };
const run = (pipeline: string, more: Partial<Run> = {}) =>
  ({ runId: pipeline, pipeline, status: "success", ...more }) as Run;
const failed = {
  status: "failed",
  failureClass: "source",
  failureMessage: "ingest/no-files: No file\n  hint Put it there",
} as const;

test("a run that ended tells what failed first, why, and nothing of what was skipped because of it", () => {
  const runs = [
    run("extract/sales", failed),
    run("product/takings", { status: "skipped", failureMessage: "not run because extract/sales failed" }),
    run("domain", { status: "failed", failureClass: "source", failureMessage: "2 of 2 jobs did not succeed" }),
  ];
  expect(describeEvent({ kind: "ended", request, runs })).toEqual({
    level: "error",
    message: "run ended: failed",
    details: {
      target: "shop/takings",
      trigger: "schedule",
      attempt: 2,
      run: "domain",
      failed: "extract/sales",
      class: "source",
      because: "ingest/no-files: No file",
    },
  });
});

test("one that could not begin tells that, and one that went well has nothing to tell", () => {
  const unsound = [run("domain", { ...failed, failureMessage: "pipeline/unknown-target: There is no shop" })];
  expect(describeEvent({ kind: "ended", request, runs: unsound }).details).toMatchObject({
    failed: "domain",
    because: "pipeline/unknown-target: There is no shop",
  });
  const well = describeEvent({ kind: "ended", request, runs: [run("product/takings"), run("domain")] });
  expect(well).toMatchObject({ level: "info", message: "run ended: success" });
  expect(well.details).not.toHaveProperty("because");
});

test("rows that were held back as a contract allows are told of, and are no failure", () => {
  const partial = { status: "partial", rowsRejected: 3, failureClass: null } as const;
  const runs = [run("product/takings", partial), run("extract/sales", { ...partial, rowsRejected: 1 })];
  const ended = describeEvent({
    kind: "ended",
    request,
    runs: [...runs, run("domain", { ...partial, rowsRejected: null })],
  });
  expect(ended).toMatchObject({ level: "info", message: "run ended: partial", details: { heldBack: 4 } });
  const parent = run("domain", { status: "partial", failureClass: "source", failureMessage: "1 of 3 jobs" });
  const broken = describeEvent({ kind: "ended", request, runs: [...runs, run("clean/sales", failed), parent] });
  expect(broken).toMatchObject({ level: "error", details: { heldBack: 4, failed: "clean/sales" } });
});

test.each(["lost", "overdue", "back"] as const)("%s has words", (change) => {
  expect(describePresence(change)).toMatch(/control plane/);
});
