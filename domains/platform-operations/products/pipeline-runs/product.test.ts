import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));

const ended = {
  run_id: "r1",
  domain: "learning",
  pipeline: "extract/tasks",
  attempt: 1,
  trigger: "manual",
  code_version: "0.1.0",
  status: "success",
  queued_at: "2026-01-01T00:00:00Z",
  started_at: "2026-01-01T00:00:00Z",
  completed_at: "2026-01-01T00:00:01.500Z",
  duration_ms: 1500,
  rows_read: 12,
  checkpoint_after: '{"files":{"a.csv":1}}',
};

test("a run that was read twice is one row, as the ledger has it", async () => {
  await using domain = await openCase({ raw: { runs: [ended, ended] } });
  const rows = await domain.product("pipeline-runs");
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    run_id: "r1",
    product: null,
    duration_ms: 1500n,
    rows_read: 12n,
    completed_at: "2026-01-01T00:00:01.500Z",
    checkpoint_after: { files: { "a.csv": 1 } },
  });
  expect(await domain.brokenPromises("pipeline-runs")).toEqual([]);
});

test("a failure without a reason, and one that ends before it starts, break promises of the contract", async () => {
  const odd = { ...ended, run_id: "r2", status: "failed", completed_at: "2025-12-31T23:59:59Z" };
  await using domain = await openCase({ raw: { runs: [ended, odd] } });
  await domain.product("pipeline-runs");
  expect(await domain.brokenPromises("pipeline-runs")).toEqual([
    expect.stringContaining("every failed run says why"),
    expect.stringContaining("no run ends before it starts"),
  ]);
});
