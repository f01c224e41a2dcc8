import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Mesh } from "../mesh.ts";
import { runMesh } from "../run-mesh.ts";
import { publishedSchemas } from "./fixtures/published-schemas.ts";
import { openLineage } from "./open-lineage.ts";
import type { RunEvent } from "./run-event.ts";

const shop: TestDomain = {
  name: "shop",
  streams: {
    sales: { columns: { id: "BIGINT", day: "DATE", amount: "DECIMAL(9,2)" } },
    gone: { columns: { id: "BIGINT" } },
  },
  clean: {
    sales: "select id, day, amount from raw.sales where amount is not null",
    gone: "select id from raw.gone",
  },
  products: {
    takings: {
      sql: "select day, sum(amount) as total, count(*)::integer as sales from clean.sales group by day",
      key: ["day"],
      columns: {
        day: "date",
        total: { logicalType: "number", physicalType: "DECIMAL(18,2)", logicalTypeOptions: { minimum: 0 } },
        sales: "integer",
      },
      quality: [{ id: "some-sales", metric: "rowCount", mustBeGreaterThan: 1, severity: "warning" }],
    },
    refunds: {
      sql: "select id, amount from clean.sales",
      key: ["id"],
      columns: {
        id: "integer",
        amount: { logicalType: "number", physicalType: "DECIMAL(9,2)", logicalTypeOptions: { minimum: 0 } },
      },
      quality: [{ id: "none", metric: "rowCount", mustBe: 0 }],
    },
    lost: { sql: "select id from clean.gone", key: ["id"], columns: { id: "integer" } },
  },
};

let dir: TempDir;
let events: RunEvent[];

beforeAll(async () => {
  dir = await tempDir();
  const file = join(dir.path, "events/openlineage.ndjson");
  await using world = await openTestMesh([shop]);
  await world.source("sales.csv", "id,day,amount\n1,2026-03-02,5.00\n2,2026-03-02,7.50\n");
  await run(world.mesh, file);
  events = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
});

afterAll(() => dir[Symbol.asyncDispose]());

/** The stream `gone` has no file, so its extraction fails and what is made from it is skipped. */
async function run(mesh: Mesh, file: string): Promise<void> {
  const onTrouble = (message: string) => expect.unreachable(message);
  await using told = openLineage({ namespace: "school", sources: "/exports", file }, { onTrouble, graceMs: 60_000 });
  if (told === undefined) throw new Error("a file is a place");
  await runMesh({ ...mesh, openLineage: told }, { trigger: "schedule", signal: new AbortController().signal });
}

function eventsOf(job: string): RunEvent[] {
  return events.filter((event) => event.job.name === job);
}

function ended(job: string): RunEvent {
  const [, last] = eventsOf(job);
  if (last === undefined) throw new Error(`${job} has not ended`);
  return last;
}

test("every run begins once and ends once, in that order, below the run of its domain", () => {
  const byRun = Map.groupBy(events, (event) => event.run.runId);
  for (const own of byRun.values())
    expect(own.map(({ eventType }) => eventType)).toEqual(["START", expect.not.stringMatching("START")]);
  const root = ended("shop/domain").run.runId;
  const jobs = [...new Set(events.map(({ job }) => job.name))];
  expect(jobs).toHaveLength(8);
  for (const job of jobs.filter((name) => name !== "shop/domain")) {
    expect(ended(job).run.facets.parent).toMatchObject({
      run: { runId: root },
      job: { namespace: "school", name: "shop/domain" },
      root: { run: { runId: root } },
    });
  }
});

test("when a scheduled run was due is told of the domain's run: its jobs have no such time", () => {
  const due = events.filter(({ run: { facets } }) => facets.nominalTime !== undefined);
  expect(new Set(due.map(({ job }) => job.name))).toEqual(new Set(["shop/domain"]));
});

test.each([
  ["shop/extract/sales", "COMPLETE"],
  ["shop/clean/sales", "COMPLETE"],
  ["shop/product/takings", "COMPLETE"],
  ["shop/product/refunds", "FAIL"],
  ["shop/extract/gone", "FAIL"],
  ["shop/product/lost", "ABORT"],
])("%s ends with %s", (job, type) => {
  expect(ended(job).eventType).toBe(type);
  expect(ended(job).run.facets.errorMessage !== undefined).toBe(type !== "COMPLETE");
});

test("a domain of which a part succeeded is complete, and says what did not", () => {
  expect(ended("shop/domain")).toMatchObject({
    eventType: "COMPLETE",
    run: { facets: { thoth_ledger: { status: "partial" } } },
    inputs: [],
    outputs: [],
  });
});

test("a product says what it was made from, column by column", () => {
  const { inputs, outputs } = ended("shop/product/takings");
  expect(inputs.map(({ namespace, name }) => `${namespace} ${name}`)).toEqual([
    "school shop.clean.sales",
    "school shop.staging.takings",
  ]);
  const field = (name: string, ...transformations: object[]) => ({
    namespace: "school",
    name: "shop.clean.sales",
    field: name,
    transformations,
  });
  const way = (type: string, subtype: string) => ({ type, subtype, masking: false });
  expect(outputs).toHaveLength(1);
  expect(outputs[0]).toMatchObject({
    namespace: "school",
    name: "shop.product.takings",
    facets: {
      schema: {
        fields: [
          { name: "day", type: "DATE", ordinal_position: 1 },
          { name: "total", type: "DECIMAL(18,2)", ordinal_position: 2 },
          { name: "sales", ordinal_position: 3 },
        ],
      },
      columnLineage: {
        fields: {
          day: { inputFields: [field("day", way("DIRECT", "IDENTITY"))] },
          total: { inputFields: [field("amount", way("DIRECT", "AGGREGATION"))] },
          sales: { inputFields: [] },
        },
        dataset: [field("day", way("INDIRECT", "GROUP_BY"))],
      },
      version: { datasetVersion: expect.any(String) },
    },
    outputFacets: { outputStatistics: { rowCount: 1 }, thoth_rowChanges: { inserted: 1, updated: 0, deleted: 0 } },
  });
});

test("what was measured is told of the rows it was measured of, also when it is why nothing was published", () => {
  const staged = (job: string) => ended(job).inputs.at(-1);
  const published = (job: string) => ended(job).outputs[0]?.facets.dataQualityAssertions?.assertions;
  const some = { name: "rule:some-sales", success: false, severity: "warn", actual: "1" };
  expect(staged("shop/product/takings")).toMatchObject({
    name: "shop.staging.takings",
    inputFacets: {
      inputStatistics: { rowCount: 1 },
      dataQualityAssertions: { assertions: expect.arrayContaining([expect.objectContaining(some)]) },
    },
  });
  expect(published("shop/product/takings")).toContainEqual(expect.objectContaining(some));
  const none = { name: "rule:none", success: false, severity: "error", expected: "must be 0", actual: "2" };
  expect(staged("shop/product/refunds")).toMatchObject({
    name: "shop.staging.refunds",
    inputFacets: {
      dataQualityAssertions: { assertions: expect.arrayContaining([expect.objectContaining(none)]) },
    },
  });
  expect(published("shop/product/refunds")).toBeUndefined();
  expect(ended("shop/product/refunds").run.facets.test?.tests).toContainEqual(
    expect.objectContaining({ name: "rule:none", status: "fail", severity: "error" }),
  );
});

test("an extraction reads a stream of a source, and counts what it read", () => {
  const { inputs, outputs, job } = ended("shop/extract/sales");
  const source = { namespace: "file", name: "/exports/sales.csv" };
  expect(inputs).toMatchObject([{ ...source, inputFacets: { inputStatistics: { rowCount: 2 } } }]);
  expect(outputs[0]?.facets.columnLineage?.fields).toMatchObject({
    amount: { inputFields: [{ ...source, field: "amount" }] },
    _run_id: { inputFields: [] },
  });
  expect(job.facets.jobType).toMatchObject({ jobType: "EXTRACT", processingType: "BATCH" });
});

const schemas = publishedSchemas();

describe.skipIf(schemas === undefined)("the published schemas", () => {
  test("accept every event and every facet of theirs", () => {
    expect(events.flatMap((event) => schemas?.judge(event) ?? [])).toEqual([]);
    expect([...(schemas?.seen ?? [])].sort()).toEqual([
      ...["columnLineage", "dataQualityAssertions", "errorMessage", "inputStatistics", "jobType", "nominalTime"],
      ...["outputStatistics", "ownership", "parent", "schema", "sql", "test", "version"],
    ]);
  });

  test("refuse an event without its job, and a facet that says something else", () => {
    const [event] = events;
    if (event === undefined) throw new Error("nothing was told");
    const { job, run: own } = event;
    expect(schemas?.judge({ ...event, job: {} as RunEvent["job"] })).not.toEqual([]);
    const parent = {
      ...own.facets.parent,
      _producer: "urn:x",
      _schemaURL: ended("shop/clean/sales").run.facets.parent?._schemaURL ?? "",
    };
    expect(schemas?.judge({ ...event, job, run: { ...own, facets: { parent } } })).toEqual([
      expect.stringContaining("parent"),
    ]);
  });
});
