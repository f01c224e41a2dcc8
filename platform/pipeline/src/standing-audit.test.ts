import { openQualityStore } from "@thoth/control/quality-store";
import type { Run } from "@thoth/control/run";
import type { TestDomain, TestProduct } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";

const start = Date.UTC(2026, 5, 1);
const hourMs = 3_600_000;

let world: TestMesh;

beforeAll(async () => {
  world = await openTestMesh([], { now: start });
});

afterAll(() => world[Symbol.asyncDispose]());

const columns = { id: { logicalType: "integer", physicalType: "BIGINT" }, unit: "string", changed_at: "timestamp" };

/** One stream, one product of it; nothing of it changes unless a test says so. */
function register(name: string, product: Partial<TestProduct> = {}): TestDomain {
  return {
    name,
    streams: { [name]: { columns: { id: "BIGINT", unit: "VARCHAR", changed_at: "TIMESTAMPTZ" } } },
    clean: { marks: `select id, unit, changed_at from raw.${name}` },
    products: { marks: { sql: "select id, unit, changed_at from clean.marks", key: ["id"], columns, ...product } },
  };
}

async function bring(name: string, rows: readonly string[]): Promise<void> {
  await world.source(`${name}.csv`, `id,unit,changed_at\n${rows.map((row) => `${row}\n`).join("")}`);
}

async function run(name: string, options: { full?: boolean } = {}): Promise<Run> {
  const ended = (await world.run({ only: name, ...options })).get(`${name}/product/marks`);
  if (ended === undefined) throw new Error(`${name} has not run`);
  return ended;
}

async function results({ runId }: Run) {
  const found = await openQualityStore(world.mesh.control).results({ runId });
  return new Map(found.map((result) => [result.checkId, result]));
}

const custom = (id: string, implementation: object, more: object = {}) => ({
  ...{ id, type: "custom", engine: "thoth", implementation, dimension: "timeliness" },
  ...more,
});
const fresh = (more: object = {}) =>
  custom("fresh", { check: "freshness", column: "changed_at", maxLagHours: 200 }, more);
/** Time that passes for one test passes for the next one, too. */
const now = () => new Date(world.mesh.clock()).toISOString();
const allow = [
  { property: "partialPublish", value: true },
  { property: "maxRejectedShare", value: 0.5 },
];

test("a source that stands still breaks its promise of freshness in the run in which it is too old", async () => {
  await world.define([register("still", { quality: [fresh()] })]);
  await bring("still", [`1,A,${now()}`]);
  const first = await run("still");
  expect(first).toMatchObject({ status: "success", checksFailed: 0 });
  const second = await run("still");
  expect(second).toMatchObject({ status: "success", rowsRead: 0, checksPassed: first.checksPassed, checksFailed: 0 });
  expect((await results(second)).get("rule:fresh")).toMatchObject({ status: "passed", dimension: "timeliness" });
  world.advance(300 * hourMs);
  for (const full of [false, false, true]) {
    const late = await run("still", { full });
    expect(late).toMatchObject({ status: "failed", failureClass: "quality", failureStep: "audit", checksFailed: 1 });
    expect(late.failureMessage).toMatch(/pipeline\/checks-failed: still\/marks broke its contract.*measured 300/s);
    if (!full) expect(late.failureMessage).toMatch(/rows are as they were.*still serves, and those are the rows/s);
    expect((await results(late)).get("rule:fresh")).toMatchObject({ status: "failed" });
  }
  expect(await world.currentOf("still/marks")).toMatchObject({ id: first.snapshotId });
  await bring("still", [`1,A,${now()}`]);
  expect(await run("still")).toMatchObject({ status: "success", rowsUpdated: 1, checksFailed: 0 });
});

test("a warning is told in each run that finds it; what somebody went back to is held to it as well", async () => {
  const lax = fresh({ severity: "warning" });
  await world.define([register("warned", { quality: [lax] })]);
  await bring("warned", [`1,A,${now()}`]);
  const first = await run("warned");
  await bring("warned", [`1,A,${now()}`, `2,A,${now()}`]);
  await run("warned");
  world.advance(300 * hourMs);
  expect(await run("warned")).toMatchObject({ status: "success", checksWarned: 1, rowsRead: 0 });
  await world.mesh.pointers.moveTo("warned", "marks", first.snapshotId ?? "");
  const held = await run("warned");
  expect(held).toMatchObject({ status: "success", checksWarned: 1, snapshotId: first.snapshotId });
  await world.define([register("warned", { quality: [fresh({ severity: "error" })] })]);
  expect(await run("warned", { full: true })).toMatchObject({ status: "failed" });
});

test("rows that somebody went back to fail when they are too old, and nothing comes in their place", async () => {
  await world.define([register("returned", { quality: [fresh()] })]);
  await bring("returned", [`1,A,${now()}`]);
  const first = await run("returned");
  await bring("returned", [`1,A,${now()}`, `2,A,${now()}`]);
  await run("returned");
  await world.mesh.pointers.moveTo("returned", "marks", first.snapshotId ?? "");
  expect(await run("returned")).toMatchObject({ status: "success", snapshotId: first.snapshotId });
  world.advance(300 * hourMs);
  expect(await run("returned")).toMatchObject({ status: "failed", failureClass: "quality", checksFailed: 1 });
  expect(await world.currentOf("returned/marks")).toMatchObject({ id: first.snapshotId });
});

test.each([
  [
    "a keyword",
    { id: "clock", type: "sql", query: "select count(*) from {object} where current_date is null", mustBe: 0 },
  ],
  ["rows", custom("clock", { check: "rows", where: "changed_at < today() + interval 1 day or true" })],
])("a rule that tells the time in %s is audited in every run, and one that does not in none", async (kind, rule) => {
  const name = `clock-${kind.replace(" ", "-")}`;
  const steady = { id: "steady", type: "sql", query: "select count(*) from {object} where id < 0", mustBe: 0 };
  const table = name.replaceAll("-", "_");
  const domain = (quality: readonly object[]): TestDomain => ({
    ...register(name, { quality }),
    streams: { [table]: { columns: { id: "BIGINT", unit: "VARCHAR", changed_at: "TIMESTAMPTZ" } } },
    clean: { marks: `select id, unit, changed_at from raw.${table}` },
  });
  await world.define([domain([rule, steady])]);
  await bring(table, [`1,A,${now()}`]);
  await run(name);
  const again = await run(name);
  expect([...(await results(again)).keys()]).toEqual(["key:id", "required:id", "rule:clock", "rule:steady"]);
  await world.define([domain([steady])]);
  expect(await run(name)).toMatchObject({ checksPassed: 3 });
  const resting = await run(name);
  expect(resting).toMatchObject({ status: "success", checksPassed: null, rowsRead: 0 });
  expect(await results(resting)).toEqual(new Map());
});

const units: TestDomain = {
  name: "catalogue",
  streams: { catalogue: { columns: { code: "VARCHAR" } } },
  clean: { units: "select code from raw.catalogue" },
  products: {
    units: { sql: "select code from clean.units", key: ["code"], columns: { code: "string" }, published: true },
  },
};

function referring(name: string, severity: string, contract: object = {}): TestDomain {
  const to = "../../../../contracts/published/catalogue/units/1.0.0.odcs.yaml#/schema/units/properties/code";
  const said = [
    { property: "graphqlField", value: "of" },
    { property: "severity", value: severity },
  ];
  const unit = { logicalType: "string", relationships: [{ to, customProperties: said }] };
  return register(name, { columns: { ...columns, unit }, contract: { ...contract } });
}

const catalogue = async (codes: readonly string[]) => {
  await world.source("catalogue.csv", `code\n${codes.map((code) => `${code}\n`).join("")}`);
  await world.run({ only: "catalogue" });
};

test("a reference that comes to lead nowhere is found, though only the other side has changed", async () => {
  await world.define([units, referring("strict", "error"), referring("lax", "warning")]);
  await catalogue(["A", "B"]);
  for (const name of ["strict", "lax"]) await bring(name, [`1,A,${now()}`, `2,B,${now()}`]);
  const first = await run("strict");
  expect(first).toMatchObject({ status: "success", checksFailed: 0 });
  expect(await run("lax")).toMatchObject({ checksWarned: 0 });
  expect(await results(await run("strict"))).toEqual(new Map());
  await catalogue(["A"]);
  for (const _ of ["once", "and again"]) {
    const orphaned = await run("strict");
    expect(orphaned).toMatchObject({ status: "failed", failureClass: "quality", rowsRejected: 1, checksFailed: 1 });
    expect((await results(orphaned)).get("relationship:of")).toMatchObject({ status: "failed", measured: "1" });
  }
  const warned = await run("lax");
  expect(warned).toMatchObject({ status: "success", checksWarned: 1, rowsRead: 0 });
  expect((await results(warned)).get("relationship:of")).toMatchObject({ status: "failed", measured: "1" });
  expect(await results(await run("lax"))).toEqual(new Map());
  await catalogue(["A", "B"]);
  expect(await run("strict")).toMatchObject({ status: "success", checksFailed: 0, snapshotId: first.snapshotId });
});

test("a partial publish stays one until the rows are whole, and what was held back was read", async () => {
  await world.define([units, referring("some", "error", { customProperties: allow })]);
  await catalogue(["A", "B"]);
  await bring("some", [`1,A,${now()}`, `2,B,${now()}`, `3,C,${now()}`]);
  const counts = { status: "partial", rowsRead: 3, rowsRejected: 1, rowCountAfter: 2, checksFailed: 1 };
  const first = await run("some");
  expect(first).toMatchObject(counts);
  const again = await world.run({ only: "some" });
  expect(again.get("some/product/marks")).toMatchObject({ ...counts, snapshotId: first.snapshotId, rowsInserted: 0 });
  expect(again.get("some/domain")).toMatchObject({ status: "partial", failureClass: null });
  expect(again.get("some/product/marks")?.checksPassed).toBe(first.checksPassed);
  await catalogue(["A"]);
  expect(await run("some")).toMatchObject({ status: "failed", rowsRejected: 2 });
  await catalogue(["A", "B", "C"]);
  const whole = await run("some");
  expect(whole).toMatchObject({ status: "success", rowsRead: 3, rowsInserted: 1, rowsRejected: 0, rowCountAfter: 3 });
  expect(await run("some")).toMatchObject({ status: "success", rowsRejected: 0, snapshotId: whole.snapshotId });
  await world.mesh.pointers.moveTo("some", "marks", first.snapshotId ?? "");
  await catalogue(["A", "B", "C", "D"]);
  const held = { status: "partial", rowsRead: 3, rowsRejected: 1, rowCountAfter: 2, checksFailed: 0 };
  expect(await run("some")).toMatchObject({ ...held, snapshotId: first.snapshotId });
});

test("rows that the clock has made bad are taken out of what is served, where the contract allows it", async () => {
  const aged = custom("aged", { check: "rows", where: "changed_at > now() - interval 20 years" });
  const before = register("aging", { contract: { customProperties: allow } });
  const after = register("aging", { contract: { customProperties: allow }, quality: [aged] });
  await world.define([before]);
  await bring("aging", ["1,A,2001-01-01", `2,A,${now()}`]);
  expect(await run("aging")).toMatchObject({ status: "success", rowsRead: 2, rowCountAfter: 2 });
  await world.define([after]);
  const sum = { status: "partial", rowsRead: 2, rowsRejected: 1, rowCountAfter: 1 };
  expect(await run("aging")).toMatchObject({ ...sum, rowsDeleted: 1 });
  expect(await run("aging")).toMatchObject({ ...sum, rowsDeleted: 0 });
});

test("what an earlier major version promises of its age is held to as well", async () => {
  const contract = { key: ["id"], columns: { id: columns.id, seen: "timestamp" }, quality: [] as object[] };
  const seen = custom("seen", { check: "freshness", column: "seen", maxLagHours: 200 });
  const sql = "select id, changed_at as seen from earlier.product.marks_v2";
  const previous = { 1: { sql, contract: { ...contract, quality: [seen] } } };
  await world.define([register("earlier", { version: "2.0.0", previous })]);
  await bring("earlier", [`1,A,${now()}`]);
  expect(await run("earlier")).toMatchObject({ status: "success" });
  expect(await run("earlier")).toMatchObject({ status: "success", rowsRead: 0 });
  world.advance(300 * hourMs);
  const late = await run("earlier");
  expect(late).toMatchObject({ status: "failed", failureClass: "quality" });
  expect(late.failureMessage).toMatch(/pipeline\/previous-broken/);
});
