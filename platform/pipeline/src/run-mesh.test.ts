import { utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "@thoth/control/run";
import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";

const till = {
  sales: { columns: { id: "BIGINT", day: "DATE", shelf: "VARCHAR", amount: "DECIMAL(9,2)" }, eventTime: "day" },
  shelves: { columns: { code: "VARCHAR", name: "VARCHAR" }, source: "plan" },
};

/** `takings` is made of sales, `assortment` of shelves, and the other domain reads the first. */
function shop(name: string): TestDomain {
  return {
    name,
    streams: till,
    clean: {
      sales: "-- One row a sale.\nselect distinct id, day, shelf, amount from raw.sales",
      shelves: "select code, name from raw.shelves",
    },
    products: {
      takings: {
        sql: "select day, sum(amount) as total, count(*)::integer as sales from clean.sales group by day",
        key: ["day"],
        columns: {
          day: "date",
          total: { logicalType: "number", physicalType: "DECIMAL(18,2)", logicalTypeOptions: { minimum: 0 } },
          sales: { logicalType: "integer", required: true },
        },
        quality: [{ id: "some-sales", metric: "rowCount", mustBeGreaterThan: 1, severity: "warning" }],
      },
      assortment: {
        sql: "select code, name from clean.shelves",
        key: ["code"],
        columns: { code: "string", name: "string" },
      },
    },
  };
}

function office(name: string, owner: string): TestDomain {
  const catalog = owner.replaceAll("-", "_");
  return {
    name,
    products: {
      ledger: {
        sql: `select date_trunc('month', day)::date as month, sum(total) as total from ${catalog}.product.takings group by 1`,
        key: ["month"],
        columns: { month: "date", total: { logicalType: "number", physicalType: "DECIMAL(18,2)" } },
        inputPorts: [`${owner}/takings`],
      },
    },
  };
}

const sales = "id,day,shelf,amount\n1,2026-03-01,a,2.50\n2,2026-03-01,b,1\n2,2026-03-01,b,1\n3,2026-03-02,a,4\n";
const shelves = "code,name\na,Apples\nb,Bread\n";

let world: TestMesh;

beforeAll(async () => {
  world = await openTestMesh([]);
});

afterAll(() => world[Symbol.asyncDispose]());

/** Domains of their own in the shared home, as they are after a first run. */
async function published(name: string): Promise<Map<string, Run>> {
  await world.define([shop(name), office(`${name}-office`, name)]);
  await world.source("sales.csv", sales);
  await world.source("shelves.csv", shelves);
  return world.run();
}

/** What a run did, in one word a job. */
function statuses(runs: Map<string, Run>): Record<string, string> {
  return Object.fromEntries([...runs].map(([id, run]) => [id, run.status]));
}

function snapshots(runs: Map<string, Run>): Record<string, string | null> {
  const products = [...runs].filter(([, run]) => run.product !== null);
  return Object.fromEntries(products.map(([id, run]) => [id, run.snapshotId]));
}

test("the first run publishes every product and says in the ledger what each job did", async () => {
  const runs = await published("first");
  const parents = ["first", "first-office"].map((domain) => runs.get(`${domain}/domain`)?.runId);
  expect(statuses(runs)).toEqual({
    "first/extract/sales": "success",
    "first/extract/shelves": "success",
    "first/clean/sales": "success",
    "first/clean/shelves": "success",
    "first/product/takings": "success",
    "first/product/assortment": "success",
    "first/domain": "success",
    "first-office/product/ledger": "success",
    "first-office/domain": "success",
  });
  expect(runs.get("first/extract/sales")).toMatchObject({
    parentRunId: parents[0],
    product: null,
    trigger: "manual",
    codeVersion: "0.1.0",
    contractVersion: null,
    rowsRead: 4,
    rowsInserted: 4,
    rowsUpdated: 0,
    rowsDeleted: 0,
    rowsRejected: 0,
    rowCountAfter: 4,
    bytesIn: sales.length,
    bytesOut: null,
    checkpointBefore: null,
    checkpointAfter: { files: { "sales.csv": { sizeBytes: sales.length } } },
    watermarkBefore: null,
    watermarkAfter: Date.UTC(2026, 2, 2),
    snapshotId: null,
    rootCauseRunId: null,
  });
  expect(runs.get("first/clean/sales")).toMatchObject({
    rowsRead: 3,
    rowsInserted: 3,
    rowsDeleted: 0,
    rowCountAfter: 3,
  });
  const takings = await world.currentOf("first/takings");
  expect(runs.get("first/product/takings")).toMatchObject({
    parentRunId: parents[0],
    product: "takings",
    contractVersion: "1.0.0",
    rowsRead: 2,
    rowsInserted: 2,
    rowsUpdated: 0,
    rowsDeleted: 0,
    rowCountAfter: 2,
    bytesOut: takings?.sizeBytes,
    checkpointBefore: null,
    watermarkBefore: null,
    watermarkAfter: Date.UTC(2026, 2, 2),
    // Key, required twice, minimum, rule.
    checksPassed: 5,
    checksWarned: 0,
    checksFailed: 0,
    snapshotId: takings?.id,
  });
  expect(takings).toMatchObject({ rowCount: 2, contractVersion: "1.0.0", watermark: Date.UTC(2026, 2, 2) });
  expect(runs.get("first-office/product/ledger")).toMatchObject({
    parentRunId: parents[1],
    checkpointBefore: { inputs: { "first/takings": takings?.id } },
    watermarkAfter: Date.UTC(2026, 2, 2),
  });
  expect(await world.rows("first/takings")).toEqual([
    { day: "2026-03-01", total: "3.50", sales: 2 },
    { day: "2026-03-02", total: "4.00", sales: 1 },
  ]);
  expect(await world.rows("first-office/ledger")).toEqual([{ month: "2026-03-01", total: "7.50" }]);
});

test("a second run changes nothing and says so", async () => {
  const first = await published("second");
  const before = await world.currentOf("second/takings");
  const again = await world.run();
  expect(new Set(Object.values(statuses(again)))).toEqual(new Set(["success"]));
  expect(snapshots(again)).toEqual(snapshots(first));
  for (const [id, run] of again) {
    if (run.pipeline === "domain") continue;
    expect(run, id).toMatchObject({ rowsRead: 0, rowsInserted: 0, rowsUpdated: 0, rowsDeleted: 0, bytesOut: null });
    expect(run.rowCountAfter, id).toBe(first.get(id)?.rowCountAfter);
  }
  expect(again.get("second/extract/sales")).toMatchObject({
    bytesIn: 0,
    checkpointBefore: first.get("second/extract/sales")?.checkpointAfter,
    checkpointAfter: first.get("second/extract/sales")?.checkpointAfter,
    watermarkBefore: Date.UTC(2026, 2, 2),
  });
  const after = await world.mesh.pointers.currentOf("second", "takings");
  expect(after).toMatchObject({ id: before?.id, publishedAt: before?.publishedAt });
  expect(after?.checkedAt).toBeGreaterThan(before?.publishedAt ?? Number.POSITIVE_INFINITY);
  expect(await world.mesh.pointers.history("second", "takings")).toHaveLength(1);
});

test("a changed source publishes what is made of it and nothing else", async () => {
  const first = await published("changed");
  await world.source("sales.csv", `${sales.replace("3,2026-03-02,a,4", "3,2026-03-02,a,5")}4,2026-04-01,a,9\n`);
  const runs = await world.run();
  expect(runs.get("changed/extract/sales")).toMatchObject({ rowsInserted: 2, rowsDeleted: 1, rowCountAfter: 5 });
  expect(runs.get("changed/clean/sales")).toMatchObject({ rowsInserted: 2, rowsDeleted: 1, rowCountAfter: 4 });
  expect(runs.get("changed/product/takings")).toMatchObject({
    rowsRead: 3,
    rowsInserted: 1,
    rowsUpdated: 1,
    rowsDeleted: 0,
    rowCountAfter: 3,
    watermarkBefore: Date.UTC(2026, 2, 2),
    watermarkAfter: Date.UTC(2026, 3, 1),
  });
  expect(runs.get("changed-office/product/ledger")).toMatchObject({ rowsInserted: 1, rowsUpdated: 1 });
  const [before, after] = [snapshots(first), snapshots(runs)];
  expect(after["changed/product/assortment"]).toBe(before["changed/product/assortment"]);
  expect(after["changed/product/takings"]).not.toBe(before["changed/product/takings"]);
  expect(after["changed-office/product/ledger"]).not.toBe(before["changed-office/product/ledger"]);
});

test("rows that are gone from the source are gone from the product", async () => {
  await published("fewer");
  await world.source("sales.csv", "id,day,shelf,amount\n3,2026-03-02,a,4\n");
  const runs = await world.run();
  expect(runs.get("fewer/product/takings")).toMatchObject({ rowsDeleted: 1, rowsUpdated: 0, rowCountAfter: 1 });
  expect(runs.get("fewer/product/takings")).toMatchObject({ checksWarned: 1, checksFailed: 0, status: "success" });
  expect(await world.rows("fewer/takings")).toEqual([{ day: "2026-03-02", total: "4.00", sales: 1 }]);
});

test("a file that is only newer is read again, and what reads the same rows rests", async () => {
  const first = await published("touched");
  await utimes(join(world.mesh.home.sourcesDir, "sales.csv"), new Date(), new Date(Date.UTC(2030, 0, 1)));
  const runs = await world.run();
  expect(runs.get("touched/extract/sales")).toMatchObject({ rowsRead: 4, rowsInserted: 0, rowsDeleted: 0 });
  expect(runs.get("touched/clean/sales")).toMatchObject({ rowsRead: 3, rowsInserted: 0, rowsDeleted: 0 });
  expect(runs.get("touched/product/takings")).toMatchObject({ rowsRead: 0, checksPassed: null });
  expect(snapshots(runs)).toEqual(snapshots(first));
});

test("a full run computes everything again and comes to the same", async () => {
  const first = await published("whole");
  const rows = await world.rows("whole/takings");
  const runs = await world.run({ full: true });
  expect(runs.get("whole/extract/sales")).toMatchObject({ rowsInserted: 4, rowsDeleted: 4, rowCountAfter: 4 });
  expect(runs.get("whole/clean/sales")).toMatchObject({ rowsRead: 3, rowsInserted: 0, rowsDeleted: 0 });
  expect(runs.get("whole/product/takings")).toMatchObject({
    rowsRead: 2,
    rowsInserted: 0,
    rowsUpdated: 0,
    checksPassed: 5,
  });
  expect(snapshots(runs)).toEqual(snapshots(first));
  expect(await world.rows("whole/takings")).toEqual(rows);
});

test("a changed query in clean/ reaches the products that read it, and only when its rows change", async () => {
  const first = await published("query");
  const changed = shop("query");
  const clean = { ...changed.clean, sales: "select distinct id, day, shelf, amount from raw.sales where true" };
  await world.define([{ ...changed, clean }, office("query-office", "query")]);
  const same = await world.run();
  expect(same.get("query/clean/sales")).toMatchObject({ rowsRead: 3, rowsInserted: 0, rowsDeleted: 0 });
  expect(snapshots(same)).toEqual(snapshots(first));
  const fewer = { ...changed.clean, sales: "select distinct id, day, shelf, amount from raw.sales where shelf = 'a'" };
  await world.define([{ ...changed, clean: fewer }, office("query-office", "query")]);
  expect((await world.run()).get("query/clean/sales")).toMatchObject({ rowsInserted: 0, rowsDeleted: 1 });
  expect(await world.rows("query-office/ledger")).toEqual([{ month: "2026-03-01", total: "6.50" }]);
});

test("a new contract version is published though the rows are the same", async () => {
  const first = await published("version");
  const next = shop("version");
  const products = { ...next.products };
  const { takings } = products;
  if (takings !== undefined) products.takings = { ...takings, version: "1.1.0" };
  await world.define([{ ...next, products }, office("version-office", "version")]);
  const runs = await world.run();
  expect(runs.get("version/product/takings")).toMatchObject({
    contractVersion: "1.1.0",
    rowsInserted: 0,
    rowsUpdated: 0,
  });
  expect(runs.get("version/product/takings")?.snapshotId).not.toBe(first.get("version/product/takings")?.snapshotId);
  expect(await world.currentOf("version/takings")).toMatchObject({ contractVersion: "1.1.0", rowCount: 2 });
});

test("one product runs with what it is made of in its own domain; inputs are read as they are published", async () => {
  await published("target");
  await world.source("sales.csv", `${sales}4,2026-04-01,a,9\n`);
  const office = await world.run({ only: "target-office/ledger" });
  expect([...office.keys()]).toEqual(["target-office/product/ledger", "target-office/domain"]);
  expect(office.get("target-office/product/ledger")).toMatchObject({ rowsRead: 0, rowCountAfter: 1 });
  const takings = await world.run({ only: "target/takings" });
  expect([...takings.keys()]).toEqual([
    "target/extract/sales",
    "target/clean/sales",
    "target/product/takings",
    "target/domain",
  ]);
  expect(takings.get("target/product/takings")).toMatchObject({ rowsInserted: 1 });
  expect([...(await world.run({ only: "target" })).keys()]).toHaveLength(7);
});

test("an input that has never been published is named with what to run", async () => {
  await world.define([shop("unborn"), office("unborn-office", "unborn")]);
  const runs = await world.run({ only: "unborn-office" });
  expect(runs.get("unborn-office/product/ledger")).toMatchObject({
    status: "failed",
    failureClass: "source",
    failureStep: "stage",
    failureMessage: expect.stringContaining("mesh run unborn/takings"),
  });
});

test("a query that tells the time is computed in every run", async () => {
  await published("clock");
  const domain = shop("clock");
  const clean = { ...domain.clean, shelves: "select code, name from raw.shelves where now() is not null" };
  await world.define([{ ...domain, clean }]);
  await world.run();
  const again = await world.run();
  expect(again.get("clock/clean/shelves")).toMatchObject({ rowsRead: 2, rowsInserted: 0 });
  expect(again.get("clock/clean/sales")).toMatchObject({ rowsRead: 0 });
  expect(again.get("clock/product/assortment")).toMatchObject({ rowsRead: 0 });
});

test("a column that the source newly declares reaches a query that selects everything", async () => {
  const domain: TestDomain = {
    name: "wider",
    streams: { shelves: { columns: { code: "VARCHAR" } } },
    clean: { shelves: "select * exclude (_run_id, _loaded_at, _source) from raw.shelves" },
  };
  await world.define([domain]);
  await world.source("shelves.csv", shelves);
  await world.run();
  await world.define([{ ...domain, streams: { shelves: { columns: { code: "VARCHAR", name: "VARCHAR" } } } }]);
  expect((await world.run()).get("wider/clean/shelves")).toMatchObject({ rowsInserted: 2, rowsDeleted: 2 });
});

test("progress tells every job when it starts and how it ended", async () => {
  await published("progress");
  const events: string[] = [];
  await world.run({
    only: "progress-office",
    onProgress: (event) =>
      events.push(`${event.done}/${event.total} ${event.job.id} ${event.kind === "ended" ? event.run.status : "…"}`),
  });
  expect(events).toEqual(["0/1 progress-office/product/ledger …", "1/1 progress-office/product/ledger success"]);
});
