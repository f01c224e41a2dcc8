import { rename, writeFile } from "node:fs/promises";
import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWarehouse } from "../domain-sessions.ts";
import type { RunProgress } from "../run-mesh.ts";
import { type Backfill, runBackfill } from "./run-backfill.ts";

let world: TestMesh;

/** Sales come in files that are kept; prices are one file that is whole each time. */
const shop: TestDomain = {
  name: "shop",
  streams: { prices: { columns: { item: "VARCHAR", price: "INTEGER" } } },
  sources: [
    {
      imports: 'import { csvFiles as files } from "@thoth/ingest/csv-files"',
      expression: `{ name: "tills", kind: "files", description: "Tills.", streams: [files({
        name: "sales", files: "sales/*.csv", eventTime: "sold_at",
        columns: { id: "INTEGER", sold_at: "TIMESTAMP WITH TIME ZONE", amount: "INTEGER" } })] }`,
    },
  ],
  clean: { sales: "select id, sold_at, amount from raw.sales", prices: "select item, price from raw.prices" },
  products: {
    takings: { sql: "select id, amount from clean.sales", key: ["id"], columns: { id: "integer", amount: "integer" } },
    list: { sql: "select item, price from clean.prices", key: ["item"], columns: { item: "string", price: "integer" } },
  },
};

const header = "id,sold_at,amount\n";
const january = [1, 2, 3].map((id) => `${id},2026-01-${10 + id}T12:00:00Z,${id}0\n`);
const february = [4, 5].map((id) => `${id},2026-02-0${id}T12:00:00Z,${id}0\n`);
const march = ["6,2026-03-01T00:00:00Z,60\n"];
const write = (name: string, lines: readonly string[]) => world.source(`sales/${name}.csv`, header + lines.join(""));

beforeAll(async () => {
  world = await openTestMesh([shop]);
  await world.source("prices.csv", "item,price\nbread,3\n");
  await write("a", [...january, ...february]);
  await write("b", march);
  await world.run();
});

afterAll(() => world[Symbol.asyncDispose]());

const quarter: Backfill = { range: "2026-01-01..2026-03-31", by: "month" };

interface Done {
  /** `<pipeline> <partition>`: status and what it changed. */
  readonly parts: Readonly<Record<string, string>>;
  readonly left: readonly string[];
  readonly doneBefore: number;
  readonly status: string | undefined;
}

async function backfill(
  more: { onProgress?: (event: RunProgress) => void; signal?: AbortSignal; only?: string } = {},
): Promise<Done> {
  let plan = { left: [] as readonly string[], doneBefore: 0 };
  const runs = await runBackfill(world.mesh, quarter, {
    only: "shop/takings",
    signal: new AbortController().signal,
    onPlan: (made) => {
      plan = made;
    },
    ...more,
  });
  const parts = runs.filter(({ pipeline, partitionKey }) => partitionKey !== null && pipeline !== "domain");
  return {
    parts: Object.fromEntries(
      parts.map((run) => [
        `${run.pipeline} ${run.partitionKey}`,
        `${run.status} ${run.rowsRead} +${run.rowsInserted} -${run.rowsDeleted}`,
      ]),
    ),
    status: runs.find(({ pipeline, partitionKey }) => pipeline === "domain" && partitionKey !== null)?.status,
    ...plan,
  };
}

/** Puts wrong rows where a mistake of ours would have put them: into the raw table, behind the checkpoint's back. */
async function spoil(): Promise<void> {
  const [domain] = world.mesh.domains;
  if (domain === undefined) throw new Error("no domain");
  await using warehouse = await openWarehouse(world.mesh, domain);
  await warehouse.engine.run("update raw.sales set amount = 999 where id in (2, 4)");
  await warehouse.engine.run("delete from raw.sales where id = 3");
}

const good = [1, 2, 3, 4, 5, 6].map((id) => ({ id, amount: id * 10 }));

test("parts that are as the source has them change nothing", async () => {
  const before = await world.currentOf("shop/takings");
  expect(await backfill()).toEqual({
    parts: {
      "extract/sales 2026-01": "success 3 +0 -0",
      "extract/sales 2026-02": "success 2 +0 -0",
      "extract/sales 2026-03": "success 1 +0 -0",
    },
    left: [],
    doneBefore: 0,
    status: "success",
  });
  expect((await world.currentOf("shop/takings"))?.id).toBe(before?.id);
});

test("what differs is made what the source has, counted, and what is made from it follows", async () => {
  await spoil();
  expect((await backfill()).parts).toEqual({
    "extract/sales 2026-01": "success 3 +2 -1",
    "extract/sales 2026-02": "success 2 +1 -1",
    "extract/sales 2026-03": "success 1 +0 -0",
  });
  expect(await world.rows("shop/takings")).toEqual(good);
  const [parent] = await world.mesh.ledger.list({
    pipeline: "domain",
    partitionKey: "2026-01-01..2026-03-31 by month",
    limit: 1,
  });
  const [product] = await world.mesh.ledger.list({ product: "takings", trigger: "backfill", limit: 1 });
  const above = await world.mesh.ledger.get(product?.parentRunId ?? "");
  expect(above).toMatchObject({ pipeline: "domain", trigger: "backfill", parentRunId: parent?.runId });
});

test("one that is stopped goes on behind its last part; what has ended begins anew", async () => {
  await spoil();
  const stop = new AbortController();
  const onProgress = ({ kind, job }: RunProgress) => {
    if (kind === "ended" && job.id.endsWith("2026-01")) stop.abort(new DOMException("stopped", "AbortError"));
  };
  const first = await backfill({ onProgress, signal: stop.signal });
  expect(first.status).toBe("aborted");
  expect(Object.keys(first.parts)).toEqual(["extract/sales 2026-01", "extract/sales 2026-02"]);
  expect(first.parts["extract/sales 2026-02"]).toMatch(/^aborted/);
  const second = await backfill();
  expect(second).toMatchObject({ doneBefore: 1, status: "success" });
  expect(Object.keys(second.parts)).toEqual(["extract/sales 2026-02", "extract/sales 2026-03"]);
  expect(await world.rows("shop/takings")).toEqual(good);
  expect(await backfill()).toMatchObject({ doneBefore: 0, status: "success" });
});

test("a file that is no longer there keeps its rows, and one that is new is left to the next load", async () => {
  await world.source("sales/b.csv", undefined);
  await write("c", ["7,2026-02-20T00:00:00Z,70\n"]);
  await spoil();
  expect((await backfill({ only: "shop/takings" })).parts).toEqual({
    "extract/sales 2026-01": "success 3 +2 -1",
    "extract/sales 2026-02": "success 2 +1 -1",
    "extract/sales 2026-03": "success 0 +0 -0",
  });
  expect(await world.rows("shop/takings")).toEqual([...good, { id: 7, amount: 70 }]);
  await world.run();
  expect(await world.rows("shop/takings")).toEqual([...good, { id: 7, amount: 70 }]);
});

test("of a domain, what cannot be loaded by parts is left and told; a product without any such stream is refused", async () => {
  expect((await backfill({ only: "shop" })).left).toEqual(["raw.prices is loaded as a whole in every run"]);
  await expect(backfill({ only: "shop/list" })).rejects.toMatchObject({
    code: "pipeline/not-backfillable",
    message: "No part of shop/list can be loaded again by itself: raw.prices is loaded as a whole in every run",
  });
});

test("a source that is broken ends it at its first part, with what is wrong, and nothing is changed", async () => {
  await write("a", [...january, "8,2026-01-20T12:00:00Z,many\n"]);
  const { parts, status } = await backfill();
  expect(status).toBe("failed");
  expect(Object.keys(parts)).toEqual(["extract/sales 2026-01"]);
  const [run] = await world.mesh.ledger.list({ pipeline: "extract/sales", limit: 1 });
  expect(run).toMatchObject({ failureClass: "schema", partitionKey: "2026-01" });
  expect(await world.rows("shop/takings")).toEqual([...good, { id: 7, amount: 70 }]);
});

test("what a killed backfill had read is gone when the warehouse is opened next", async () => {
  const [domain] = world.mesh.domains;
  if (domain === undefined) throw new Error("no domain");
  const tables = ["backfill of sales", "keys of backfill of sales", "backfill of sales, unfit"];
  {
    await using warehouse = await openWarehouse(world.mesh, domain);
    for (const table of tables) await warehouse.engine.run(`create table raw."${table}" as select 'ada' as person`);
  }
  await using warehouse = await openWarehouse(world.mesh, domain);
  const names = await warehouse.engine.query(
    "select table_name as name from duckdb_tables() where schema_name = 'raw'",
  );
  expect(names.map(({ name }) => name).toSorted()).toEqual(["prices", "sales"]);
});

/** A mesh of its own that may hold back three rows of ten, with these lines in one file. */
async function forgiving(lines: readonly string[]): Promise<TestMesh> {
  const [tills] = shop.sources ?? [];
  if (tills === undefined) throw new Error("no source");
  const expression = tills.expression.replace("eventTime:", "maxRejectedShare: 0.3, eventTime:");
  const other = await openTestMesh([{ ...shop, sources: [{ ...tills, expression }] }]);
  await other.source("prices.csv", "item,price\nbread,3\n");
  await other.source("sales/a.csv", header + lines.join(""));
  await other.run();
  return other;
}

test("rows that do not fit are held back within the share and told, and the rest goes on", async () => {
  await using other = await forgiving([...january, ...february, "6,2026-03-01T00:00:00Z,many\n"]);
  const [domain] = other.mesh.domains;
  if (domain === undefined) throw new Error("no domain");
  {
    await using warehouse = await openWarehouse(other.mesh, domain);
    await warehouse.engine.run("update raw.sales set amount = 999 where id in (2, 4)");
  }
  const plans: number[] = [];
  const signal = new AbortController().signal;
  const onPlan = ({ doneBefore }: { doneBefore: number }) => void plans.push(doneBefore);
  const done = await runBackfill(other.mesh, quarter, { only: "shop/takings", signal, onPlan });
  expect(
    done
      .slice(0, 4)
      .map((run) => [run.pipeline, run.status, run.rowsRead, run.rowsInserted, run.rowsDeleted, run.rowsRejected]),
  ).toEqual([
    ["extract/sales", "partial", 4, 1, 1, 1],
    ["extract/sales", "success", 2, 1, 1, 0],
    ["extract/sales", "success", 0, 0, 0, 0],
    ["domain", "partial", null, null, null, null],
  ]);
  expect(done[0]?.failureMessage).toContain("mesh quality shop --rejected shows them");
  expect(await other.rows("shop/takings")).toEqual(good.slice(0, 5));
  await runBackfill(other.mesh, quarter, { only: "shop/takings", signal, onPlan });
  expect(plans).toEqual([0, 0]);
});

test("more of them than the share end it, and nothing is changed", async () => {
  await using other = await forgiving([...january, ...february]);
  await other.source("sales/a.csv", header + [...january, ...february].join("").replaceAll(/[2-5]0$/gm, "many"));
  const signal = new AbortController().signal;
  const done = await runBackfill(other.mesh, quarter, { only: "shop/takings", signal });
  expect(done.map(({ pipeline, status }) => [pipeline, status])).toEqual([
    ["extract/sales", "failed"],
    ["domain", "failed"],
  ]);
  expect(done[0]?.failureMessage).toContain("4 of 5 rows of sales hold values that do not fit");
  expect(await other.rows("shop/takings")).toEqual(good.slice(0, 5));
});

test("a warehouse that cannot be opened ends the run, and is told", async () => {
  const file = world.mesh.home.writeFile("shop");
  await rename(file, `${file}.away`);
  await writeFile(file, "no database");
  await expect(backfill()).rejects.toThrow();
  const [run] = await world.mesh.ledger.list({ pipeline: "domain", trigger: "backfill", limit: 1 });
  expect(run).toMatchObject({ status: "failed", failureStep: "open" });
  expect(await world.mesh.ledger.list({ status: "running" })).toEqual([]);
  await rename(`${file}.away`, file);
});
