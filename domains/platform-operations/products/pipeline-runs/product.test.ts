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

const aboutNobody = [{ domain: "learning", product: "units", about_people: false }];

test("a run that was read twice is one row, as the ledger has it", async () => {
  await using domain = await openCase({ raw: { runs: [ended, ended], published_products: aboutNobody } });
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
  await using domain = await openCase({ raw: { runs: [ended, odd], published_products: aboutNobody } });
  await domain.product("pipeline-runs");
  expect(await domain.brokenPromises("pipeline-runs")).toEqual([
    expect.stringContaining("every failed run says why"),
    expect.stringContaining("no run ends before it starts"),
  ]);
});

const counts = {
  rows_read: 12,
  rows_inserted: 1,
  rows_updated: 2,
  rows_deleted: 3,
  rows_rejected: 4,
  row_count_after: 13,
  bytes_in: 100,
  bytes_out: 200,
};

const failure = {
  status: "failed",
  failure_class: "quality",
  failure_message: "pipeline/checks-failed: 3 of 1,200 rows",
};

/** A run of a product, or of the domain when there is none, in a domain of its own. */
const counted = (domain: string, product: string | null, more: object = {}) => ({
  ...ended,
  ...counts,
  run_id: `${domain} ${product}`,
  domain,
  product,
  checkpoint_before: '{"inputs":{"a/b":"s1"}}',
  ...more,
});

test.each([
  ["a product about nobody", "learning", "units", true],
  ["a product about people", "learning", "progress", false],
  ["what a domain reads that has a product about people", "learning", null, false],
  ["what a domain reads that has none", "usage", null, true],
  ["a product that has not been published", "learning", "draft", false],
  ["a domain that has published nothing", "new", null, false],
])("of %s, the numbers of rows are told or not", async (_name, domain, product, told) => {
  const published_products = [
    ...aboutNobody,
    { domain: "learning", product: "progress", about_people: true },
    { domain: "usage", product: "calls", about_people: false },
  ];
  await using opened = await openCase({ raw: { runs: [counted(domain, product, failure)], published_products } });
  const [row = {}] = await opened.product("pipeline-runs");
  const shown = Object.keys(counts).filter((name) => row[name] !== null);
  expect(shown).toEqual(told ? Object.keys(counts) : []);
  expect(row.failure_message).toBe(told ? failure.failure_message : "pipeline/checks-failed: # of # rows");
  expect(row.checkpoint_after === null).toBe(!told);
  // Which snapshots a product was made of is told in any case.
  expect(row.checkpoint_before === null).toBe(!told && product === null);
  expect(await opened.brokenPromises("pipeline-runs")).toEqual([]);
});
