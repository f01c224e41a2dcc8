import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openDomainLocks } from "@thoth/control/domain-locks";
import type { Run } from "@thoth/control/run";
import type { TestDomain, TestProduct } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Mesh } from "../mesh.ts";
import { runBackfill } from "../orchestrate/run-backfill.ts";
import { type RunOptions, runMesh } from "../run-mesh.ts";
import { describeRun } from "./describe-run.ts";
import { publishedSchemas } from "./fixtures/published-schemas.ts";
import { openLineage } from "./open-lineage.ts";
import type { RunEvent } from "./run-event.ts";

const takings: TestProduct = {
  sql: "select id, code, amount from clean.sales",
  key: ["id"],
  columns: {
    id: "integer",
    code: { logicalType: "string", classification: "confidential" },
    amount: { logicalType: "integer", logicalTypeOptions: { minimum: 0 } },
  },
  quality: [
    { id: "newest", type: "sql", query: "select max(code) from ${object}", mustBe: "zz", severity: "warning" },
    { id: "few", metric: "rowCount", mustBeLessThan: 3 },
  ],
  published: true,
  contract: {
    customProperties: [
      { property: "partialPublish", value: true },
      { property: "maxRejectedShare", value: 0.5 },
    ],
  },
};

const daily = {
  name: "sales",
  files: "sales-*.csv",
  columns: { id: "BIGINT", code: "VARCHAR", amount: "INTEGER", at: "TIMESTAMP" },
};

const shop: TestDomain = {
  name: "shop",
  sources: [
    {
      imports: 'import { csvFiles as files } from "@thoth/ingest/csv-files"',
      expression: `{ name: "till", kind: "files", description: "", streams: [files(${JSON.stringify({ ...daily, eventTime: "at" })})] }`,
    },
  ],
  clean: { sales: "select id, code, amount from raw.sales" },
  products: { takings },
};

const office: TestDomain = {
  name: "office",
  sources: [
    {
      imports: 'import { postgresTables } from "@thoth/ingest/postgres"',
      expression: `postgresTables({ connection: () => "postgres://ann-of-ledgers:s3cr%65t-word@127.0.0.1:1/Ledger?sslmode=disable", tables: { bills: { mode: "replace", columns: { id: "BIGINT" } } } })`,
    },
  ],
  clean: { bills: "select id from raw.bills" },
  products: {
    report: {
      sql: "select id, amount from shop.product.takings",
      key: ["id"],
      columns: { id: "integer", amount: "integer" },
      inputPorts: ["shop/takings"],
    },
  },
};

let world: TestMesh;
let events: RunEvent[];
const runs = { first: [] as Run[], again: [] as Run[], stopped: [] as Run[], loaded: [] as Run[] };

beforeAll(async () => {
  world = await openTestMesh([shop, office]);
  events = await toldTo("events.ndjson", tellEverything);
});

afterAll(() => world[Symbol.asyncDispose]());

/** @returns what is told meanwhile */
async function toldTo(name: string, work: (mesh: Mesh) => Promise<void>): Promise<RunEvent[]> {
  const file = join(world.dir, name);
  const onTrouble = (message: string) => expect.unreachable(message);
  {
    await using told = openLineage({ namespace: "school", file }, { onTrouble, graceMs: 60_000 });
    if (told === undefined) throw new Error("a file is a place");
    await work({ ...world.mesh, openLineage: told });
  }
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** Rows that are held back, a source that is away, a further attempt, a run that is stopped, and parts that are loaded again. */
async function tellEverything(mesh: Mesh): Promise<void> {
  const signal = new AbortController().signal;
  await world.source("sales-1.csv", "id,code,amount,at\n1,aa,5,2026-01-01 10:00:00\n2,ab,-1,2026-01-02 10:00:00\n");
  runs.first = await runMesh(mesh, { trigger: "manual", signal });
  await world.source("sales-2.csv", "id,code,amount,at\n3,ac,6,2026-01-02 11:00:00\n");
  runs.again = await runMesh(mesh, { trigger: "event", attempt: 2, only: "shop", signal });
  runs.stopped = await runMesh(mesh, stopsAt("shop/clean/sales"));
  const backfill = { range: "2026-01-01..2026-01-02", by: "day" } as const;
  runs.loaded = await runBackfill(mesh, backfill, { only: "shop", signal });
}

function stopsAt(job: string): RunOptions {
  const stop = new AbortController();
  const onProgress: RunOptions["onProgress"] = (progress) => {
    if (progress.kind === "started" && progress.job.id === job) stop.abort(new Error("somebody stopped it"));
  };
  return { trigger: "manual", only: "shop", full: true, signal: stop.signal, onProgress };
}

function ended(list: readonly Run[], job: string): RunEvent {
  const run = list.find(({ domain, pipeline }) => `${domain}/${pipeline}` === job);
  const event = events.findLast(({ run: { runId } }) => runId === run?.runId);
  if (event === undefined) throw new Error(`${job} has not been told of`);
  return event;
}

test("every run that is on the ledger begins once and then ends once, below the run of its domain", async () => {
  const all = Object.values(runs).flat();
  const byRun = Map.groupBy(events, (event) => event.run.runId);
  expect([...byRun.keys()].sort()).toEqual(all.map(({ runId }) => runId).sort());
  for (const { runId, status, pipeline, domain, parentRunId } of all) {
    const [start, end, ...more] = byRun.get(runId) ?? [];
    const type = { success: "COMPLETE", partial: "COMPLETE", failed: "FAIL" }[status as string] ?? "ABORT";
    expect([start?.eventType, end?.eventType, more]).toEqual(["START", type, []]);
    expect(start?.job.name).toBe(`${domain}/${pipeline}`);
    const parent = { run: { runId: parentRunId }, job: { namespace: "school", name: `${domain}/domain` } };
    for (const event of [start, end])
      if (pipeline === "domain") expect(event?.run.facets.parent).toBeUndefined();
      else expect(event?.run.facets).toMatchObject({ parent, processing_engine: { name: "DuckDB" } });
  }
});

const schemas = publishedSchemas();

test.skipIf(schemas === undefined)("the published schemas accept all of it", () => {
  expect(events.flatMap((event) => schemas?.judge(event) ?? [])).toEqual([]);
});

test("where rows were held back, what was measured of all of them is told apart from what holds for those that were published", () => {
  const { eventType, inputs, outputs, run } = ended(runs.first, "shop/product/takings");
  const negative = { name: "minimum:amount", column: "amount" };
  expect(eventType).toBe("COMPLETE");
  expect(inputs).toMatchObject([
    { name: "shop.clean.sales" },
    {
      namespace: "school",
      name: "shop.staging.takings",
      inputFacets: {
        inputStatistics: { rowCount: 2 },
        dataQualityAssertions: {
          assertions: expect.arrayContaining([expect.objectContaining({ ...negative, success: false, actual: "1" })]),
        },
      },
    },
  ]);
  expect(outputs).toMatchObject([
    {
      name: "shop.product.takings",
      facets: {
        dataQualityAssertions: {
          assertions: expect.arrayContaining([expect.objectContaining({ ...negative, success: true, actual: "0" })]),
        },
      },
      outputFacets: { outputStatistics: { rowCount: 1 }, thoth_rowChanges: { inserted: 1, rejected: 1 } },
    },
  ]);
  expect(run.facets.test?.tests).toContainEqual(expect.objectContaining({ name: "minimum:amount", status: "fail" }));
  expect(run.facets.errorMessage).toBeUndefined();
});

test("where nothing was published, nothing is said of what is served", () => {
  const { eventType, inputs, outputs } = ended(runs.again, "shop/product/takings");
  expect(eventType).toBe("FAIL");
  expect(inputs.at(-1)).toMatchObject({
    inputFacets: {
      dataQualityAssertions: {
        assertions: expect.arrayContaining([expect.objectContaining({ name: "rule:few", success: false })]),
      },
    },
  });
  expect(outputs[0]?.facets).not.toHaveProperty("version");
  expect(outputs[0]?.facets).not.toHaveProperty("dataQualityAssertions");
  expect(outputs[0]?.outputFacets).not.toHaveProperty("outputStatistics");
});

test("a rule that measures a value of a confidential column does not tell it", () => {
  const newest = events.flatMap(({ run }) => (run.facets.test?.tests ?? []) as { name: string; actual: string }[]);
  expect(newest.filter(({ name }) => name === "rule:newest").map(({ actual }) => actual)).toContain("(confidential)");
  expect(JSON.stringify(events)).not.toMatch(/"a[abc]"/);
});

test("a product that reads another one says which snapshot of it that was, and which it made", async () => {
  const [first] = await world.mesh.pointers.history("shop", "takings");
  const report = await world.currentOf("office/report");
  const { inputs, outputs } = ended(runs.first, "office/product/report");
  expect(inputs[0]).toMatchObject({ name: "shop.product.takings", facets: { version: { datasetVersion: first?.id } } });
  expect(outputs[0]?.facets.version).toMatchObject({ datasetVersion: report?.id });
  expect(ended(runs.first, "shop/product/takings").outputs[0]?.facets.version).toMatchObject({
    datasetVersion: first?.id,
  });
});

test("a source is named as everybody names it, without its user, password and parameters", () => {
  const { eventType, inputs, run } = ended(runs.first, "office/extract/bills");
  expect([eventType, inputs.map(({ namespace, name }) => [namespace, name])]).toEqual([
    "FAIL",
    [["postgres://127.0.0.1:1", "Ledger.public.bills"]],
  ]);
  expect(run.facets.errorMessage?.message).toContain("ingest/source-unreachable");
  expect(JSON.stringify(events)).not.toMatch(/ann-of-ledgers|s3cr%65t-word|s3cret-word|sslmode=/);
  const files = join(world.mesh.home.sourcesDir, "sales-*.csv");
  expect(ended(runs.first, "shop/extract/sales").inputs).toMatchObject([{ namespace: "file", name: files }]);
});

test("the ledger's own words: attempts, parts and what was stopped", () => {
  const ledgerOf = (event: RunEvent) => event.run.facets.thoth_ledger;
  expect(ledgerOf(ended(runs.again, "shop/domain"))).toMatchObject({ attempt: 2, trigger: "event" });
  expect(ledgerOf(ended(runs.stopped, "shop/clean/sales"))).toMatchObject({ status: "aborted" });
  expect(ended(runs.stopped, "shop/clean/sales").run.facets.errorMessage?.message).toContain("somebody stopped it");
  const parts = events.filter(
    ({ run, eventType, job }) =>
      eventType !== "START" &&
      job.name === "shop/extract/sales" &&
      ledgerOf({ run } as RunEvent)?.partitionKey !== undefined,
  );
  expect(parts.map((event) => [event.eventType, ledgerOf(event)?.partitionKey, ledgerOf(event)?.trigger])).toEqual([
    ["COMPLETE", "2026-01-01", "backfill"],
    ["COMPLETE", "2026-01-02", "backfill"],
  ]);
});

test("what a dead process left behind is told of without its tables", async () => {
  const { ledger } = world.mesh;
  const row = {
    domain: "shop",
    product: "takings",
    pipeline: "product/takings",
    codeVersion: "1",
    trigger: "manual",
  } as const;
  const { runId } = await ledger.start(row);
  const failureMessage = "its process is gone";
  const left = await ledger.finish(runId, { status: "aborted", failureClass: "system", failureMessage });
  const event = describeRun(left, { namespace: "school", domains: world.mesh.domains, lineage: new Map() });
  expect(event).toMatchObject({
    eventType: "ABORT",
    run: { runId, facets: { errorMessage: { message: "its process is gone" } } },
    inputs: [],
    outputs: [],
  });
  expect(schemas?.judge(event) ?? []).toEqual([]);
});

test("runs of a worker that is gone, whose lock is taken from it, are told of by whoever takes it", async () => {
  const { mesh } = world;
  const taken = await openDomainLocks(mesh.control, mesh.clock).take("office", "an earlier run");
  if (taken.kind !== "taken") throw new Error("nobody holds it");
  const row = { domain: "office", product: null, pipeline: "domain", codeVersion: "1", trigger: "manual" } as const;
  const { runId } = await mesh.ledger.start(row, taken.lock);
  await mesh.control.query("update mesh.domain_locks set worker_id = worker_id + 1 where domain = 'office'");
  const told = await toldTo("taken-over.ndjson", async (own) => {
    // A run does not wait for what is told beside it: it has ended when this is answered.
    const over = Promise.withResolvers<void>();
    const ledger: Mesh["ledger"] = { ...own.ledger, list: (query) => over.promise.then(() => own.ledger.list(query)) };
    const signal = new AbortController().signal;
    for (const _ of [1, 2]) await runMesh({ ...own, ledger }, { trigger: "manual", only: "office", signal });
    over.resolve();
  });
  const own = told.filter(({ run }) => run.runId === runId);
  expect(own.map(({ eventType, job }) => [eventType, job.name])).toEqual([["ABORT", "office/domain"]]);
  expect(schemas?.judge(own[0] as RunEvent) ?? []).toEqual([]);
});
