import { writeFile } from "node:fs/promises";
import type { Run } from "@thoth/control/run";
import type { TestDomain, TestProduct } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestMesh;

beforeAll(async () => {
  world = await openTestMesh([]);
  await world.define([]);
});

afterAll(() => world[Symbol.asyncDispose]());

/** `fruit` may break; `stones` has a source of its own, and `jam` of another domain is made of fruit. */
function garden(name: string, change: Partial<TestDomain> = {}, fruit: Partial<TestProduct> = {}): TestDomain {
  return {
    name,
    streams: {
      [`${name}_fruit`]: { columns: { id: "BIGINT", weight: "VARCHAR" } },
      [`${name}_stones`]: { columns: { id: "BIGINT" } },
    },
    clean: {
      fruit: `select id, weight from raw.${name}_fruit`,
      stones: `select id from raw.${name}_stones`,
    },
    ...change,
    products: {
      fruit: {
        sql: "select id::integer as id, weight::integer as weight from clean.fruit",
        key: ["id"],
        columns: { id: "integer", weight: { logicalType: "integer", logicalTypeOptions: { maximum: 100 } } },
        ...fruit,
      },
      stones: { sql: "select id::integer as id from clean.stones", key: ["id"], columns: { id: "integer" } },
    },
  };
}

function kitchen(name: string): TestDomain {
  const sql = `select id from ${name}.product.fruit`;
  return {
    name: `${name}-kitchen`,
    products: { jam: { sql, key: ["id"], columns: { id: "integer" }, inputPorts: [`${name}/fruit`] } },
  };
}

async function sow(name: string, weights: readonly string[], stones = 1): Promise<void> {
  const rows = weights.map((weight, index) => `${index + 1},${weight}\n`).join("");
  await world.source(`${name}_fruit.csv`, `id,weight\n${rows}`);
  await world.source(
    `${name}_stones.csv`,
    `id\n${Array.from({ length: stones }, (_, index) => `${index}\n`).join("")}`,
  );
}

interface Failure {
  readonly what: string;
  /** What changes before the second run: the weights, the whole file with them, or a query. */
  readonly weights?: readonly string[];
  readonly file?: string;
  /** The query of `clean.fruit`; `$` stands for the raw table. */
  readonly clean?: string;
  readonly fruit?: Partial<TestProduct>;
  readonly failed: "extract" | "clean" | "product";
  readonly expected: Partial<Run>;
  /** Patterns of the message. */
  readonly says: readonly RegExp[];
}

const schema = { failureClass: "schema" } as const;

const failures: readonly Failure[] = [
  {
    what: "the source's file has a value of the wrong type",
    file: "id,weight\n1,1\nx,2\n",
    failed: "extract",
    expected: { ...schema, failureStep: "extract" },
    says: [/ingest\/wrong-type/, /"x"/, /_fruit\.csv:3/],
  },
  {
    what: "a value cannot be cast in a cleaned table",
    weights: ["7", "heavy"],
    clean: "-- Fruit.\nselect id,\n  weight::integer as weight\nfrom $",
    failed: "clean",
    expected: { ...schema, failureStep: "clean" },
    says: [/pipeline\/query-failed/, /heavy/, /clean\/fruit\.sql:3:9/],
  },
  {
    what: "a cleaned table computes with impossible numbers",
    weights: ["-1"],
    clean: "select id, ln(weight::double)::varchar as weight from $",
    failed: "clean",
    expected: { ...schema, failureStep: "clean" },
    says: [/pipeline\/query-failed/, /logarithm of a negative number/, /clean\/fruit\.sql/],
  },
  {
    what: "a cleaned table reads a column that is not there",
    clean: "select id, wieght as weight from $",
    failed: "clean",
    expected: { ...schema, failureStep: "clean" },
    says: [/pipeline\/query-failed/, /wieght/, /clean\/fruit\.sql:1:12/],
  },
  {
    what: "the product lacks a column of its contract and has another",
    fruit: { sql: "select id::integer as id, weight::integer as mass from clean.fruit" },
    failed: "product",
    expected: { ...schema, failureStep: "stage" },
    says: [/pipeline\/columns-differ/, /missing: weight; not in the contract: mass/, /fruit\/product\.sql/],
  },
  {
    what: "the product yields a column twice",
    fruit: { sql: "select id::integer as id, id::integer as id, weight::integer as weight from clean.fruit" },
    failed: "product",
    expected: { ...schema, failureStep: "stage" },
    says: [/pipeline\/columns-differ/, /more than once: id/],
  },
  {
    what: "the product yields a column of another kind",
    fruit: { sql: "select id::integer as id, weight from clean.fruit" },
    failed: "product",
    expected: { ...schema, failureStep: "stage" },
    says: [/pipeline\/column-type/, /weight as VARCHAR.*promises INTEGER/, /contract\.odcs\.yaml:\d+/],
  },
  {
    what: "a value does not fit the contract's type",
    weights: ["5000000000"],
    fruit: { sql: "select id::integer as id, weight::bigint as weight from clean.fruit" },
    failed: "product",
    expected: { ...schema, failureStep: "stage" },
    says: [/pipeline\/cast-failed: A value of weight of/, /5000000000/, /contract\.odcs\.yaml:\d+/],
  },
  {
    what: "product.sql cannot cast a value",
    weights: ["7", "heavy"],
    failed: "product",
    expected: { ...schema, failureStep: "stage" },
    says: [/pipeline\/query-failed/, /heavy/, /fruit\/product\.sql:1:33/],
  },
  {
    what: "a promise is broken",
    weights: ["7", "101", "102"],
    failed: "product",
    expected: {
      failureClass: "quality",
      failureStep: "audit",
      checksPassed: 2,
      checksWarned: 0,
      checksFailed: 1,
      snapshotId: null,
      watermarkAfter: null,
    },
    says: [
      /pipeline\/checks-failed/,
      /weight must be at most 100 \(measured 2, must be 0; line \d+\)/,
      /contract\.odcs\.yaml:\d+/,
    ],
  },
];

/** What serves while everything below breaks. */
async function openGarden() {
  await world.define([garden("garden"), kitchen("garden")]);
  await sow("garden", ["1", "2"]);
  await world.run();
  return [await world.currentOf("garden/fruit"), await world.currentOf("garden-kitchen/jam")];
}

let served: ReturnType<typeof openGarden> | undefined;

test.each(failures)("when $what, only what needs it is skipped, and the old rows serve", async (failure) => {
  served ??= openGarden();
  const before = await served;
  const stones = failures.indexOf(failure) + 2;
  const clean = failure.clean && {
    ...garden("garden").clean,
    fruit: failure.clean.replaceAll("$", "raw.garden_fruit"),
  };
  await world.define([garden("garden", clean ? { clean } : {}, failure.fruit), kitchen("garden")]);
  await sow("garden", failure.weights ?? ["1", "2", "3"], stones);
  if (failure.file !== undefined) await world.source("garden_fruit.csv", failure.file);
  const runs = await world.run();
  const pipelines = ["garden/extract/garden_fruit", "garden/clean/fruit", "garden/product/fruit"];
  const place = ["extract", "clean", "product"].indexOf(failure.failed);
  const root = runs.get(pipelines[place] ?? "");
  expect(root).toMatchObject({ status: "failed", rootCauseRunId: null, ...failure.expected });
  for (const part of failure.says) expect(root?.failureMessage).toMatch(part);
  expect(root?.failureMessage).toContain("  hint ");
  for (const id of [...pipelines.slice(place + 1), "garden-kitchen/product/jam"]) {
    expect(runs.get(id), id).toMatchObject({ status: "skipped", rootCauseRunId: root?.runId, failureClass: null });
    expect(runs.get(id)?.failureMessage).toBe(`not run because garden ${root?.pipeline} failed`);
  }
  expect(runs.get("garden/product/stones")).toMatchObject({
    status: "success",
    rowsInserted: 1,
    rowCountAfter: stones,
  });
  const blame = { rootCauseRunId: root?.runId };
  expect(runs.get("garden/domain")).toMatchObject({ status: "partial", failureClass: root?.failureClass, ...blame });
  expect(runs.get("garden-kitchen/domain")).toMatchObject({ status: "skipped", ...blame });
  expect([await world.currentOf("garden/fruit"), await world.currentOf("garden-kitchen/jam")]).toEqual(before);
  expect(await world.rows("garden/fruit")).toEqual([1, 2].map((id) => ({ id, weight: id })));
  expect(await leftInStaging("garden")).toEqual([]);
});

async function leftInStaging(domain: string): Promise<unknown[]> {
  const { home } = world.mesh;
  const file = home.writeFile(domain);
  await using engine = await openWriteSide({ file, tmpDir: home.tmpDir, pseudonymKey: "a key for tests" });
  return engine.query(
    "select table_name from duckdb_tables() where schema_name = 'staging' or table_name like 'next %'",
  );
}

test("after the correction the next run publishes", async () => {
  await world.define([garden("mended"), kitchen("mended")]);
  await sow("mended", ["1", "200"]);
  const broken = await world.run();
  expect(broken.get("mended/product/fruit")).toMatchObject({ status: "failed", snapshotId: null });
  expect(broken.get("mended-kitchen/domain")).toMatchObject({ status: "skipped" });
  expect(await world.currentOf("mended/fruit")).toBeUndefined();
  await sow("mended", ["1", "2"]);
  const mended = await world.run();
  expect([...mended.values()].map((run) => run.status)).not.toContain("failed");
  expect(await world.rows("mended-kitchen/jam")).toEqual([{ id: 1 }, { id: 2 }]);
});

test("a source that is gone fails its stream and leaves the rows of before", async () => {
  await world.define([garden("gone")]);
  await sow("gone", ["1"]);
  await world.run();
  await world.source("gone_fruit.csv", undefined);
  for (const full of [false, true]) {
    const runs = await world.run({ full });
    expect(runs.get("gone/extract/gone_fruit")).toMatchObject({
      status: "failed",
      failureClass: "source",
      failureStep: "extract",
      failureMessage: expect.stringContaining("gone_fruit.csv"),
    });
    expect(runs.get("gone/domain")).toMatchObject({ status: "partial", failureClass: "source" });
  }
  await sow("gone", ["1", "2"]);
  const runs = await world.run();
  expect(runs.get("gone/extract/gone_fruit")).toMatchObject({ rowsRead: 2, rowsDeleted: 0, rowsInserted: 1 });
});

test("a column that the source now declares with another type needs a full run", async () => {
  await world.define([garden("typed")]);
  await sow("typed", ["1"]);
  await world.run();
  const streams = {
    typed_fruit: { columns: { id: "BIGINT", weight: "INTEGER" } },
    typed_stones: { columns: { id: "BIGINT" } },
  };
  await world.define([garden("typed", { streams })]);
  const runs = await world.run();
  expect(runs.get("typed/extract/typed_fruit")).toMatchObject({
    status: "failed",
    failureClass: "schema",
    failureMessage: expect.stringContaining("--full"),
  });
  const full = await world.run({ full: true });
  expect(full.get("typed/product/fruit")).toMatchObject({ status: "success", rowCountAfter: 1 });
});

test("a value that may not be shown stays out of the ledger", async () => {
  const weight = { logicalType: "integer", classification: "confidential" };
  const fruit = {
    sql: "select id::integer as id, weight::bigint as weight from clean.fruit",
    columns: { id: "integer", weight },
  };
  await world.define([garden("secret", {}, fruit)]);
  await sow("secret", ["5000000000"]);
  const run = (await world.run()).get("secret/product/fruit");
  expect(run?.failureMessage).toContain("pipeline/cast-failed");
  expect(run?.failureMessage).not.toContain("5000000000");
});

test("a warehouse that cannot be opened costs its domain, and no other", async () => {
  await world.define([garden("rotten"), kitchen("rotten"), garden("sound")]);
  await sow("rotten", ["1"]);
  await sow("sound", ["1"]);
  await world.run();
  await sow("rotten", ["1", "2"]);
  await sow("sound", ["1", "2"]);
  await writeFile(world.mesh.home.writeFile("rotten"), "this is no database".repeat(1000));
  const runs = await world.run();
  const parent = runs.get("rotten/domain");
  expect(parent).toMatchObject({ status: "failed", failureClass: "system", failureStep: "open" });
  expect(parent?.failureMessage).toContain("warehouse/corrupt-file");
  expect(parent?.failureMessage).toContain("rotten.duckdb");
  const own = [...runs.values()].filter((run) => run.parentRunId === parent?.runId);
  expect(new Set(own.map((run) => `${run.status} ${run.rootCauseRunId}`))).toEqual(
    new Set([`skipped ${parent?.runId}`]),
  );
  expect(runs.get("rotten-kitchen/product/jam")).toMatchObject({ status: "skipped", rootCauseRunId: parent?.runId });
  expect(runs.get("sound/product/fruit")).toMatchObject({ status: "success", rowsInserted: 1 });
  expect(await world.rows("rotten/fruit")).toEqual([{ id: 1, weight: 1 }]);
});

test("what observes the mesh also sees its failures", async () => {
  const observer: TestDomain = {
    name: "observer",
    sources: [
      {
        imports: 'import { controlPlane } from "@thoth/ingest/control-plane"',
        expression: 'controlPlane("mesh-control")',
      },
    ],
    clean: { runs: "select run_id, domain, pipeline, status from raw.runs where domain = 'watched'" },
    products: {
      failures: {
        sql: "select pipeline, status from clean.runs where status <> 'success'",
        key: ["pipeline"],
        columns: { pipeline: "string", status: "string" },
      },
    },
  };
  await world.define([observer, garden("watched")]);
  await sow("watched", ["500"]);
  const runs = await world.run();
  expect(runs.get("watched/product/fruit")?.status).toBe("failed");
  expect(runs.get("observer/product/failures")?.status).toBe("success");
  expect(await world.rows("observer/failures")).toEqual([
    { pipeline: "domain", status: "partial" },
    { pipeline: "product/fruit", status: "failed" },
  ]);
});

test("a mistake in one domain keeps everything from running at once, and the others not from running by themselves", async () => {
  await world.define([garden("careful"), garden("careless", { clean: { fruit: "selct 1" } })]);
  await sow("careful", ["1"]);
  await expect(world.run()).rejects.toMatchObject({ at: { file: "domains/careless/clean/fruit.sql" } });
  expect(await world.mesh.ledger.list({ domain: "careful" })).toEqual([]);
  expect((await world.run({ only: "careful" })).get("careful/domain")?.status).toBe("success");
});

test.each(["nobody", "sound/nothing", "sound/fruit/extra", ""])("%j is no target", async (only) => {
  await world.define([garden("sound")]);
  await expect(world.run({ only })).rejects.toMatchObject({
    code: "pipeline/unknown-target",
    hint: expect.stringContaining("sound/fruit"),
  });
});
