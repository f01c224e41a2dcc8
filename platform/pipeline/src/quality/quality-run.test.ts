import { openQualityStore } from "@thoth/control/quality-store";
import type { TestDomain, TestProduct } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRejected } from "./quarantine.ts";

let world: TestMesh;

beforeAll(async () => {
  world = await openTestMesh([]);
});

afterAll(() => world[Symbol.asyncDispose]());

const columns = {
  id: { logicalType: "integer", physicalType: "BIGINT" },
  grade: { logicalType: "string", required: true, enum: [{ value: "A" }, { value: "B" }] },
  score: { logicalType: "number", logicalTypeOptions: { minimum: 0, maximum: 100 } },
} satisfies TestProduct["columns"];

/** One stream, cleaned as it is, and one product of it. */
function school(name: string, product: Partial<TestProduct> = {}): TestDomain {
  return {
    name,
    streams: { [name]: { columns: { id: "BIGINT", grade: "VARCHAR", score: "DOUBLE" } } },
    clean: { marks: `select * exclude (_run_id, _loaded_at, _source) from raw.${name}` },
    products: { marks: { sql: "select id, grade, score from clean.marks", key: ["id"], columns, ...product } },
  };
}

/** Brings the rows, runs the domain and says how its product's run ended. */
async function run(domain: TestDomain, rows: readonly string[]) {
  await world.define([domain]);
  await world.source(`${domain.name}.csv`, `id,grade,score\n${rows.map((row) => `${row}\n`).join("")}`);
  return rerun(domain.name);
}

async function rerun(domain: string) {
  const runs = await world.run({ only: domain });
  const ended = runs.get(`${domain}/product/marks`);
  if (ended === undefined) throw new Error(`${domain} has not run`);
  return { ...ended, parent: runs.get(`${domain}/domain`)?.status };
}

async function rejected(domain: string, runId?: string) {
  const { home } = world.mesh;
  await using engine = await openWriteSide({ file: home.writeFile(domain), tmpDir: home.tmpDir, pseudonymKey: "k" });
  return await readRejected(engine, { product: `${domain}/marks`, limit: 1000, ...(runId !== undefined && { runId }) });
}

async function results(runId: string) {
  const found = await openQualityStore(world.mesh.control).results({ runId });
  return new Map(found.map((result) => [result.checkId, result]));
}

const count = async (domain: string) => (await world.rows(`${domain}/marks`)).length;

const allow = (maxRejectedShare: number) => ({
  contract: {
    customProperties: [
      { property: "partialPublish", value: true },
      { property: "maxRejectedShare", value: maxRejectedShare },
    ],
  },
});

const good = ["1,A,50", "2,B,60", "3,A,70"];

test("rows that break a promise are in quarantine, and without permission nothing is published", async () => {
  const first = await run(school("blocked"), good);
  expect(first).toMatchObject({ status: "success", rowsRejected: 0, checksFailed: 0 });
  const second = await run(school("blocked"), [...good, "4,C,80", "5,,101", "9007199254740993,B,nan"]);
  expect(second).toMatchObject({ status: "failed", failureClass: "quality", failureStep: "audit", rowsRejected: 3 });
  expect(second.failureMessage).toContain("pipeline/checks-failed");
  expect(await count("blocked")).toBe(3);
  const rows = await rejected("blocked");
  expect(rows.map(({ row, rules, runId }) => [row, rules, runId])).toEqual([
    [{ id: 4, grade: "C", score: 80 }, ["enum:grade"], second.runId],
    [{ id: 5, grade: null, score: 101 }, ["required:grade", "maximum:score"], second.runId],
    [{ id: "9007199254740993", grade: "B", score: "nan" }, ["minimum:score", "maximum:score"], second.runId],
  ]);
  expect(rows[0]?.reasons).toEqual(["grade must be one of A, B"]);
  const found = await results(second.runId);
  expect(found.get("enum:grade")).toMatchObject({ status: "failed", measured: "1", dimension: "conformity" });
  expect(found.get("key:id")).toMatchObject({ status: "passed", measured: "0", dimension: "uniqueness" });
});

test("where the contract allows it the good rows are published, and the run is partial", async () => {
  const ended = await run(school("allowed", allow(0.5)), [...good, "4,C,80", "1,B,55"]);
  expect(ended).toMatchObject({
    status: "partial",
    parent: "partial",
    rowsRejected: 2,
    rowCountAfter: 3,
    checksFailed: 2,
  });
  expect((await rejected("allowed")).map(({ rules }) => rules).sort()).toEqual([["enum:grade"], ["key:id"]]);
  expect(await count("allowed")).toBe(3);
});

test("of rows with one key a good one stays, and the choice does not depend on their order", async () => {
  const rows = ["7,C,1", "7,A,2", "7,B,3", "8,A,4"];
  const kept: unknown[] = [];
  for (const [domain, order] of [
    ["forwards", rows],
    ["backwards", rows.toReversed()],
  ] as const) {
    expect(await run(school(domain, allow(0.9)), order)).toMatchObject({ status: "partial", rowsRejected: 2 });
    kept.push(await world.rows(`${domain}/marks`));
    expect(await rejected(domain)).toContainEqual(expect.objectContaining({ rules: ["key:id", "enum:grade"] }));
  }
  expect(kept[0]).toEqual(kept[1]);
});

test("more bad rows than the contract does without stop the run", async () => {
  const ended = await run(school("toomany", allow(0.2)), [...good, "4,C,80", "5,C,80"]);
  expect(ended).toMatchObject({ status: "failed", rowsRejected: 2, failureClass: "quality" });
  expect(ended.failureMessage).toMatch(/2 of 5 rows of toomany\/marks broke its contract, more than the share of 0.2/);
});

test("all rows rejected is not an empty product unless the contract does without any", async () => {
  const bad = ["1,C,1", "2,C,1"];
  expect(await run(school("nothing", allow(0.99)), bad)).toMatchObject({ status: "failed", rowsRejected: 2 });
  expect(await run(school("anything", allow(1)), bad)).toMatchObject({ status: "partial", rowCountAfter: 0 });
});

test("what no row is to blame for blocks even where rows may be held back, also when it is broken by their absence", async () => {
  const quality = [{ id: "enough", metric: "rowCount", mustBeGreaterThan: 3, severity: "error" }];
  const short = await run(school("short", { ...allow(0.5), quality }), good);
  expect(short).toMatchObject({ status: "failed", rowsRejected: 0 });
  const held = await run(school("held", { ...allow(0.5), quality }), [...good, "4,C,1"]);
  expect(held).toMatchObject({ status: "failed", rowsRejected: 1 });
  expect(held.failureMessage).toMatch(/measured 3, must be greater than 3/);
});

test("an empty product is published and has a profile", async () => {
  const ended = await run(school("bare"), []);
  expect(ended).toMatchObject({ status: "success", rowCountAfter: 0, rowsRejected: 0 });
  const [profile] = await openQualityStore(world.mesh.control).profiles({ domain: "bare", product: "marks" });
  expect(profile).toMatchObject({ rowCount: 0, snapshotId: ended.snapshotId });
});

test("warnings publish and are counted, remarks are recorded, rules for people are shown", async () => {
  const rule = (id: string, severity: string) => ({ id, metric: "rowCount", mustBe: 0, severity });
  const text = { id: "c", type: "text", description: "Teachers find it plausible." };
  const ended = await run(school("warned", { quality: [rule("a", "warning"), rule("b", "info"), text] }), good);
  expect(ended).toMatchObject({ status: "success", checksWarned: 1, checksFailed: 0, rowsRejected: 0 });
  const found = await results(ended.runId);
  expect(["rule:a", "rule:b", "rule:c"].map((id) => found.get(id)?.status)).toEqual(["failed", "failed", "not-run"]);
  expect(await rejected("warned")).toEqual([]);
});

test.each([["error"], ["info"]])("a rule of severity %s that cannot be run ends the run", async (severity) => {
  const domain = `broken${severity}`;
  const sql = {
    id: "bad",
    type: "sql",
    query: "select count(*) from {object} where nonsense > 1",
    mustBe: 0,
    severity,
  };
  const ended = await run(school(domain, { quality: [sql] }), good);
  expect(ended).toMatchObject({ status: "failed", failureClass: "quality", snapshotId: null });
  expect(ended.failureMessage).toMatch(/pipeline\/check-not-run.*nonsense/s);
  expect((await results(ended.runId)).get("rule:bad")).toMatchObject({ status: "failed" });
});

test("rows are blamed by rules in SQL, of the library and of our own engine; counts that are no rows are not", async () => {
  const quality = [
    { id: "sql", type: "sql", query: "select count(*) from {object} m where m.score = 50", mustBe: 0 },
    {
      id: "pairs",
      type: "sql",
      query: "select count(*) from {object} m where exists (select 1 from {object} o where o.score = m.score + 10)",
      mustBe: 0,
    },
    { id: "own", type: "custom", engine: "thoth", implementation: { check: "rows", where: "grade <> 'B'" } },
    { id: "few", metric: "duplicateValues", arguments: { properties: ["grade"] }, mustBeLessThan: 2 },
    { id: "groups", type: "sql", query: "select count(distinct grade) from {object}", mustBe: 3, severity: "warning" },
  ];
  const ended = await run(school("blamed", { quality }), good);
  expect(ended).toMatchObject({ status: "failed", rowsRejected: 2, checksWarned: 1 });
  expect((await rejected("blamed")).map(({ row, rules }) => [row.id, rules])).toEqual([
    [1, ["rule:sql", "rule:pairs"]],
    [2, ["rule:pairs", "rule:own"]],
  ]);
});

test("references to another domain's product are judged where it stands, and warn unless the contract says more", async () => {
  const grades: TestDomain = {
    name: "scales",
    streams: { scales: { columns: { code: "VARCHAR" } } },
    clean: { grades: "select code from raw.scales" },
    products: {
      grades: { sql: "select code from clean.grades", key: ["code"], columns: { code: "string" }, published: true },
    },
  };
  const to = "../../../../contracts/published/scales/grades/1.0.0.odcs.yaml#/schema/grades/properties/code";
  const referring = (name: string, ...more: object[]) => {
    const customProperties = [{ property: "graphqlField", value: "scale" }, ...more];
    return school(name, {
      columns: { ...columns, grade: { logicalType: "string", relationships: [{ to, customProperties }] } },
    });
  };
  const severity = { property: "severity", value: "error" };
  await world.define([referring("lax"), grades, referring("strict", severity)]);
  await world.source("scales.csv", "code\nA\n");
  for (const name of ["lax", "strict"]) await world.source(`${name}.csv`, "id,grade,score\n1,A,1\n2,B,2\n3,,3\n");
  const early = (await world.run({ only: "lax" })).get("lax/product/marks");
  expect(early).toMatchObject({ status: "success", checksWarned: 0 });
  expect((await results(early?.runId ?? "")).get("relationship:scale")).toMatchObject({
    status: "not-run",
    measured: "nothing of scales/grades is published yet",
  });
  const runs = await world.run({ full: true });
  const [lax, strict] = [runs.get("lax/product/marks"), runs.get("strict/product/marks")];
  expect(lax).toMatchObject({ status: "success", checksWarned: 1, rowsRejected: 0 });
  expect((await results(lax?.runId ?? "")).get("relationship:scale")).toMatchObject({
    measured: "1",
    status: "failed",
  });
  expect(strict).toMatchObject({ status: "failed", rowsRejected: 1 });
  expect(await rejected("strict")).toMatchObject([{ rules: ["relationship:scale"], row: { id: 2 } }]);
});

test("rows are held back for what is inside their objects and arrays, by its path, in the one scan", async () => {
  const city = { name: "city", logicalType: "string", required: true, enum: [{ value: "Geelong" }] };
  const line = {
    logicalType: "object",
    properties: [{ name: "n", logicalType: "integer", logicalTypeOptions: { minimum: 10 } }],
  };
  const address = { name: "address", logicalType: "object", properties: [city] };
  const product: Partial<TestProduct> = {
    sql: "select id, detail::json as detail, string_split(tags, ' ') as tags, mail from clean.marks",
    columns: {
      id: columns.id,
      detail: { logicalType: "object", properties: [address, { name: "lines", logicalType: "array", items: line }] },
      tags: {
        logicalType: "array",
        logicalTypeOptions: { maxItems: 2, uniqueItems: true },
        items: { logicalType: "string", logicalTypeOptions: { maxLength: 3 } },
      },
      mail: { logicalType: "string", logicalTypeOptions: { format: "email" } },
    },
    ...allow(0.9),
  };
  const domain: TestDomain = {
    ...school("inside", product),
    streams: { inside: { columns: { id: "BIGINT", detail: "VARCHAR", tags: "VARCHAR", mail: "VARCHAR" } } },
  };
  await world.define([domain]);
  const rows = [
    [1, { address: { city: "Geelong" }, lines: [{ n: 10 }, { n: null }] }, "a b", "ada@example.org"],
    [2, { address: { city: "Paris" }, lines: [{ n: 10 }, { n: 9 }] }, "a b", "ada@example.org"],
    [3, { address: {} }, "a b c", "ada@example.org"],
    [4, {}, "long a", "ada"],
    [5, { lines: "none" }, "a a", "ada@example.org"],
  ];
  const quoted = rows.map((row) =>
    row.map((cell) => `"${(typeof cell === "object" ? JSON.stringify(cell) : String(cell)).replaceAll('"', '""')}"`),
  );
  await world.source("inside.csv", `id,detail,tags,mail\n${quoted.map((row) => `${row.join(",")}\n`).join("")}`);
  const ended = await rerun("inside");
  expect(ended).toMatchObject({ status: "partial", rowsRead: 5, rowsRejected: 4, rowCountAfter: 1 });
  expect((await rejected("inside")).map(({ row, rules, reasons }) => [row.id, rules, reasons[0]])).toEqual([
    [2, ["enum:detail.address.city", "minimum:detail.lines[].n"], "detail.address.city must be one of Geelong"],
    [3, ["required:detail.address.city", "max-items:tags"], "detail.address.city must not be null"],
    [4, ["max-length:tags[]", "format:mail"], "tags[] must be at most 3 long"],
    [5, ["type:detail.lines", "unique-items:tags"], "detail.lines must be of type array"],
  ]);
  expect((await results(ended.runId)).get("minimum:detail.lines[].n")).toMatchObject({
    measured: "1",
    column: "detail",
  });
});

test("rejected rows of a few runs are kept, each by its own run", async () => {
  const runs: string[] = [];
  for (const bad of [1, 2, 3]) {
    const rows = Array.from({ length: bad }, (_, index) => `${index},C,${bad}`);
    runs.push((await run(school("kept"), rows)).runId);
  }
  for (const [index, runId] of runs.entries()) expect(await rejected("kept", runId)).toHaveLength(index + 1);
  expect(await rejected("kept")).toHaveLength(3);
});

test("a column of a source that is new or gone is told of once, and counted as a warning", async () => {
  const domain = school("drifting");
  await run(domain, good);
  await world.source("drifting.csv", "id,grade,score,mood\n1,A,1,calm\n");
  const runs = await world.run({ only: "drifting" });
  const extract = runs.get("drifting/extract/drifting");
  expect(extract).toMatchObject({ status: "success", checksWarned: 1 });
  expect(await results(extract?.runId ?? "")).toEqual(
    new Map([
      [
        "drift:drifting:mood",
        expect.objectContaining({
          kind: "drift",
          status: "failed",
          says: "mood of files/drifting is new in the source",
        }),
      ],
    ]),
  );
  await world.source("drifting.csv", "id,grade,score,mood\n2,A,1,calm\n");
  const again = await world.run({ only: "drifting" });
  expect(again.get("drifting/extract/drifting")).toMatchObject({ status: "success", checksWarned: null });
});

test("rows of a cleaned table add up to those that landed, and the sum is on record", async () => {
  await run(school("adding"), good);
  const clean = (await world.run({ only: "adding", full: true })).get("adding/clean/marks");
  expect((await results(clean?.runId ?? "")).get("reconciliation:clean.marks")).toMatchObject({
    status: "passed",
    measured: "3",
    expected: "3 in raw.adding - 0 left out - 0 duplicates",
  });
});

test("a million rows stay in the engine, and what is left out of quarantine is counted all the same", async () => {
  const domain = school("large", {
    sql: "select i::bigint as id, case when i % 4 = 0 then 'C' else 'A' end as grade, (i % 100)::double as score from clean.marks, range(1000000) t(i)",
    ...allow(0.3),
  });
  const ended = await run(domain, ["1,A,1"]);
  expect(ended).toMatchObject({ status: "partial", rowsRejected: 250_000, rowCountAfter: 750_000 });
  const { home } = world.mesh;
  await using engine = await openWriteSide({ file: home.writeFile("large"), tmpDir: home.tmpDir, pseudonymKey: "k" });
  expect(await engine.query("select count(*) as kept from mesh.rejected_rows")).toEqual([{ kept: 100_000n }]);
});

test("rows that never land are in quarantine too, the run says so, and what lands is published", async () => {
  const domain = school("unfit");
  const tolerant = {
    ...domain,
    streams: { unfit: { columns: { id: "BIGINT", grade: "VARCHAR", score: "DOUBLE" }, maxRejectedShare: 0.5 } },
  };
  await world.define([tolerant]);
  await world.source("unfit.csv", `id,grade,score\n${[...good, "four,A,50"].map((row) => `${row}\n`).join("")}`);
  const runs = await world.run({ only: "unfit" });
  const landed = runs.get("unfit/extract/unfit");
  expect(landed).toMatchObject({ status: "partial", rowsRead: 4, rowsInserted: 3, rowsRejected: 1 });
  expect(landed?.failureMessage).toBe("1 of 4 rows were held back: mesh quality unfit --rejected shows them");
  expect(runs.get("unfit/domain")?.status).toBe("partial");
  expect(await count("unfit")).toBe(3);
  const { home } = world.mesh;
  await using engine = await openWriteSide({ file: home.writeFile("unfit"), tmpDir: home.tmpDir, pseudonymKey: "k" });
  const [row] = await readRejected(engine, { limit: 10 });
  expect(row).toMatchObject({ product: "raw.unfit", rules: ["type:id"], row: { id: "four", grade: "A", score: "50" } });
});
