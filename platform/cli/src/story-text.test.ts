import type { Run } from "@thoth/control/run";
import { expect, test } from "vitest";
import type { RunStory } from "./desk-call.ts";
import { storyJson, storyText } from "./story-text.ts";

const at = Date.UTC(2026, 5, 1, 4);
const unknown = Object.fromEntries(
  "parentRunId partitionKey contractVersion completedAt rowsRead rowsInserted rowsUpdated rowsDeleted rowsRejected rowCountAfter bytesIn bytesOut checkpointBefore checkpointAfter failureClass failureStep failureMessage rootCauseRunId checksPassed checksWarned checksFailed watermarkBefore watermarkAfter snapshotId product"
    .split(" ")
    .map((name) => [name, null]),
);

function run(part: Partial<Run>): Run {
  const base = {
    runId: "r",
    domain: "shop",
    pipeline: "domain",
    attempt: 1,
    trigger: "schedule",
    codeVersion: "1.2.0",
  };
  return { ...unknown, ...base, status: "success", queuedAt: at, startedAt: at, durationMs: 1234, ...part } as Run;
}

const nothing = { steps: [], log: [], checks: [], inputs: [], causes: [], triggered: [] };

test("what there is nothing to tell of is left out", () => {
  expect(storyText({ ...nothing, run: run({}) })).toBe(`shop domain: success, 1.2 s
  run            r
  trigger        schedule
  version        1.2.0
  started        2026-06-01T04:00:00.000Z`);
});

test("what waited in the queue says for how long", () => {
  const waited = run({ queuedAt: at - 90_000, startedAt: at });
  expect(storyText({ ...nothing, run: waited })).toContain(`
  queued         2026-06-01T03:58:30.000Z, for 1 min 30 s
  started        2026-06-01T04:00:00.000Z`);
});

const product = run({
  runId: "p",
  parentRunId: "r",
  product: "takings",
  pipeline: "product/takings",
  attempt: 2,
  contractVersion: "2.0.0",
  status: "failed",
  rowsRead: 5,
  rowsInserted: 1,
  rowsUpdated: 2,
  rowsDeleted: 0,
  rowsRejected: 1,
  checksPassed: 3,
  checksWarned: 0,
  checksFailed: 1,
  failureStep: "audit",
  failureClass: "quality",
  failureMessage: "pipeline/checks-failed: takings broke its contract\n  hint correct it",
  rootCauseRunId: "q",
});

const story: RunStory = {
  run: product,
  steps: [],
  checks: [
    {
      checkId: "required:id",
      severity: "error",
      status: "failed",
      measured: "2",
      expected: "0",
      says: "id is always there",
    },
    { checkId: "unique:id", severity: "error", status: "passed", measured: "0", expected: "0", says: "id is unique" },
  ].map((check) => ({
    ...({ runId: "p", domain: "shop", product: "takings", contractVersion: "2.0.0", kind: "promise" } as const),
    ...({ column: "id", dimension: "completeness", judgedAt: at } as const),
    ...check,
  })) as RunStory["checks"],
  inputs: [{ product: "farm/eggs", snapshot: "s1" }],
  causes: [run({ runId: "q", pipeline: "extract/sales", status: "failed", failureMessage: "ingest/no-files: none" })],
  triggered: [run({ runId: "t", domain: "fair", status: "success", durationMs: 40 })],
  log: [
    { at, level: "info", message: "reads farm/eggs at snapshot s1" },
    { at: at + 1500, level: "error", message: "audit: broke\nits contract" },
  ],
};

test("a run that failed, in full", () => {
  expect(storyText(story)).toBe(`shop product/takings: failed, 1.2 s
  run            p
  of             r
  trigger        schedule, attempt 2
  version        1.2.0, contract 2.0.0
  started        2026-06-01T04:00:00.000Z
  rows           5 read, 1 inserted, 2 updated, 0 deleted, 1 rejected
  checks         3 passed, 0 warned, 1 failed
  failed at      audit (quality)
  because        pipeline/checks-failed: takings broke its contract
                   hint correct it

Read
  farm/eggs at snapshot s1

Failed first
  q  2026-06-01T04:00:00.000Z  shop extract/sales: failed after 1.2 s
    ingest/no-files: none

Led to
  t  fair domain: success, 40 ms

Checks that did not pass
  required:id (error) failed: 2, where 0 is promised
    id is always there

Log
  04:00:00.000 reads farm/eggs at snapshot s1
  04:00:01.500 error: audit: broke
    its contract`);
});

test("programs get ledger rows, every check, and times that they can read", () => {
  const told = storyJson(story);
  expect(told.run).toMatchObject({ run_id: "p", queued_at: "2026-06-01T04:00:00.000Z" });
  expect(told.checks.map(({ checkId, judgedAt }) => [checkId, judgedAt])).toEqual([
    ["required:id", "2026-06-01T04:00:00.000Z"],
    ["unique:id", "2026-06-01T04:00:00.000Z"],
  ]);
  expect(told.lineage).toEqual({ inputs: story.inputs, output: null });
  expect(told.causes.map((cause) => cause.run_id)).toEqual(["q"]);
});
