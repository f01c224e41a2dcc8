import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));

const hourMs = 3_600_000;

interface RunRow {
  readonly run_id: string;
  readonly completed_at: string;
  readonly [column: string]: unknown;
}

/** A run of `learning/units`; what matters is given, the rest is as the ledger would have it. */
function run(run_id: string, completed_at: string, more: Record<string, unknown> = {}): RunRow {
  const base = {
    domain: "learning",
    product: "units",
    pipeline: "product/units",
    status: "success",
    trigger: "manual",
  };
  return { ...base, attempt: 1, code_version: "1", queued_at: completed_at, run_id, completed_at, ...more };
}

const promises = [
  {
    domain: "learning",
    product: "units",
    version: "1.0.0",
    property: "latency",
    value: "26",
    unit: "h",
    duration_ms: 26 * hourMs,
  },
];

const published_products = [
  { domain: "learning", product: "units", about_people: false },
  { domain: "learning", product: "other", about_people: false },
];

test("a day is judged at its end by what had happened until then, and the newest day at the newest run", async () => {
  const runs = [
    run("r1", "2026-01-01T02:00:00Z", {
      row_count_after: 10,
      watermark_after: "2026-01-01T00:00:00Z",
      checks_passed: 7,
      checks_warned: 1,
      checks_failed: 0,
    }),
    run("r2", "2026-01-03T06:00:00Z", { status: "failed", checks_passed: 6, checks_warned: 1, checks_failed: 1 }),
    run("r3", "2026-01-03T12:00:00Z", { row_count_after: 12, watermark_after: "2026-01-03T11:30:00Z" }),
  ];
  const snapshots = [
    {
      id: "s1",
      domain: "learning",
      product: "units",
      row_count: 10,
      size_bytes: 1,
      published_at: "2026-01-01T02:00:00Z",
    },
    {
      id: "s3",
      domain: "learning",
      product: "units",
      row_count: 12,
      size_bytes: 1,
      published_at: "2026-01-03T12:00:00Z",
    },
  ];
  await using domain = await openCase({ raw: { runs, snapshots, promises, published_products } });
  const rows = await domain.product("product-health");
  expect(
    rows.map(
      ({
        day,
        row_count,
        runs: count,
        runs_not_succeeded,
        snapshots_published,
        last_status,
        lag_hours,
        fresh,
        checks_passed,
        checks_failed,
      }) => ({
        day,
        row_count,
        count,
        runs_not_succeeded,
        snapshots_published,
        last_status,
        lag_hours,
        fresh,
        checks_passed,
        checks_failed,
      }),
    ),
  ).toEqual([
    {
      day: "2026-01-01",
      row_count: 10n,
      count: 1,
      runs_not_succeeded: 0,
      snapshots_published: 1,
      last_status: "success",
      lag_hours: 24,
      fresh: true,
      checks_passed: 7,
      checks_failed: 0,
    },
    {
      day: "2026-01-02",
      row_count: 10n,
      count: 0,
      runs_not_succeeded: 0,
      snapshots_published: 0,
      last_status: "success",
      lag_hours: 48,
      fresh: false,
      checks_passed: 7,
      checks_failed: 0,
    },
    {
      day: "2026-01-03",
      row_count: 12n,
      count: 2,
      runs_not_succeeded: 1,
      snapshots_published: 1,
      last_status: "success",
      lag_hours: 0.5,
      fresh: true,
      checks_passed: 6,
      checks_failed: 1,
    },
  ]);
  expect(rows[0]).toMatchObject({
    product_id: "learning/units",
    promised_lag_hours: 26,
    judged_at: "2026-01-02T00:00:00.000Z",
  });
  expect(await domain.brokenPromises("product-health")).toEqual([]);
});

test("a product that has never been published has a row and no verdict; one without a promise has no verdict either", async () => {
  const runs = [
    run("r1", "2026-01-01T02:00:00Z", { status: "failed" }),
    run("r2", "2026-01-01T03:00:00Z", {
      product: "other",
      row_count_after: 1,
      watermark_after: "2026-01-01T01:00:00Z",
    }),
  ];
  await using domain = await openCase({ raw: { runs, promises, published_products } });
  const rows = await domain.product("product-health");
  expect(rows.map(({ product, row_count, lag_hours, fresh }) => ({ product, row_count, lag_hours, fresh }))).toEqual([
    { product: "other", row_count: 1n, lag_hours: 2, fresh: null },
    { product: "units", row_count: null, lag_hours: null, fresh: null },
  ]);
});

test("runs that serve several products are no product's runs", async () => {
  await using domain = await openCase({
    raw: { runs: [run("r1", "2026-01-01T02:00:00Z", { product: null, pipeline: "domain" })], promises },
  });
  expect(await domain.product("product-health")).toEqual([]);
});

test("how many rows a product about people has is not told", async () => {
  const runs = [run("r1", "2026-01-01T02:00:00Z", { row_count_after: 10 })];
  const about_people = [{ domain: "learning", product: "units", about_people: true }];
  await using domain = await openCase({ raw: { runs, published_products: about_people } });
  expect(await domain.product("product-health")).toMatchObject([
    { product: "units", last_status: "success", row_count: null },
  ]);
});
