import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openControl } from "@thoth/control/open-control";
import { openQualityStore } from "@thoth/control/quality-store";
import { seedControlStore } from "@thoth/testing/control-store";
import { type MeshProcess, runMeshProcess } from "@thoth/testing/mesh-process";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh, writeRepository } from "@thoth/testing/test-mesh";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, expect, test } from "vitest";
import { meshHome } from "../mesh-home.ts";
import { readRejected } from "./quarantine.ts";

let world: TestMesh;
let dir: TempDir;

beforeAll(async () => {
  [world, dir] = await Promise.all([openTestMesh([]), tempDir()]);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const dayMs = 86_400_000;

function shop(name: string, quality: readonly object[] = [], fee: object = {}): TestDomain {
  return {
    name,
    streams: { [name]: { columns: { id: "INTEGER", fee: "INTEGER" } } },
    clean: { sales: `select id, fee from raw.${name}` },
    products: {
      sales: {
        sql: "select id, fee from clean.sales",
        key: ["id"],
        columns: { id: "integer", fee: { logicalType: "integer", ...fee } },
        quality,
      },
    },
  };
}

/** A day later: so many rows, of which so many have no fee. */
async function day(name: string, rows: number, { nulls = 0, price = 10 } = {}) {
  world.advance(dayMs);
  const lines = Array.from({ length: rows }, (_, id) => `${id},${id < nulls ? "" : price + (id % 3)}\n`);
  await world.source(`${name}.csv`, `id,fee\n${lines.join("")}`);
  const run = (await world.run({ only: name })).get(`${name}/product/sales`);
  if (run === undefined) throw new Error(`${name} has not run`);
  const found = await openQualityStore(world.mesh.control).results({ runId: run.runId });
  return { ...run, anomalies: found.filter(({ kind }) => kind === "anomaly").map(({ checkId }) => checkId) };
}

/** Eight days on which all was well, as their snapshots would have left them. */
async function calmDays(domain: string): Promise<void> {
  expect(await day(domain, 100)).toMatchObject({ status: "success", checksWarned: 0, anomalies: [] });
  const store = openQualityStore(world.mesh.control);
  const [first] = await store.profiles({ domain, product: "sales" });
  if (first === undefined) throw new Error("a published product has no profile");
  for (let index = 1; index <= 8; index += 1) {
    const snapshotId = `${domain} ${index}`;
    await store.saveProfile({
      ...first,
      snapshotId,
      profiledAt: first.profiledAt - index * dayMs,
      rowCount: 100 + index,
    });
  }
}

test("what is unlike the days before warns once, and is published", async () => {
  await world.define([shop("plain")]);
  await calmDays("plain");
  const fell = await day("plain", 30);
  expect(fell).toMatchObject({
    status: "success",
    checksWarned: 1,
    rowCountAfter: 30,
    anomalies: ["anomaly:rowCount"],
  });
  expect(await day("plain", 29)).toMatchObject({ checksWarned: 0, anomalies: [] });
  const holes = await day("plain", 110, { nulls: 60 });
  expect(holes.anomalies).toContain("anomaly:nullShare:fee");
  const dear = await day("plain", 111, { price: 900 });
  expect(dear.anomalies).toEqual(expect.arrayContaining(["anomaly:mean:fee", "anomaly:median:fee"]));
  const profiles = await openQualityStore(world.mesh.control).profiles({ domain: "plain", product: "sales" });
  expect(profiles.map(({ rowCount }) => rowCount).slice(0, 4)).toEqual([111, 110, 29, 30]);
});

test("where the contract makes it an error it blocks, also when it is tried again", async () => {
  const rule = (measure: string) => ({
    id: measure,
    type: "custom",
    engine: "thoth",
    severity: "error",
    implementation: { check: "anomaly", measure, threshold: 6 },
  });
  await world.define([shop("strict", [rule("rowCount")], { quality: [rule("nullShare")] })]);
  await calmDays("strict");
  for (const rows of [30, 31]) {
    const fell = await day("strict", rows);
    expect(fell).toMatchObject({ status: "failed", failureClass: "quality", checksFailed: 1 });
    expect(fell.failureMessage).toMatch(/pipeline\/anomaly.*the number of rows.*measured 3[01], expected about 104/s);
  }
  expect(await day("strict", 109, { nulls: 100 })).toMatchObject({ status: "failed", checksFailed: 1 });
  expect(await day("strict", 109)).toMatchObject({ status: "success", checksFailed: 0 });
});

test("a run that is killed between quarantine and publishing leaves no rows twice", async () => {
  const home = join(dir.path, "killed");
  await seedControlStore(join(home, "control"));
  await mkdir(join(home, "sources"));
  const domain: TestDomain = shop("killed", [], { required: true });
  const contract = {
    customProperties: [
      { property: "partialPublish", value: true },
      { property: "maxRejectedShare", value: 0.5 },
    ],
  };
  const products = { sales: { ...domain.products?.sales, contract } } as NonNullable<TestDomain["products"]>;
  const root = await writeRepository(join(dir.path, "repository"), [{ ...domain, products }]);
  await writeFile(join(home, "sources/killed.csv"), "id,fee\n1,10\n2,\n3,30\n4,\n5,50\n");
  const mesh: MeshProcess = { root, home, domains: ["killed"], now: Date.UTC(2026, 5, 1) };
  const quarantined = async () => {
    await using engine = await openWriteSide({
      file: meshHome(home).writeFile("killed"),
      tmpDir: dir.path,
      pseudonymKey: "k",
    });
    const [all] = await engine.query("select count(*) as rows, count(distinct run_id) as runs from mesh.rejected_rows");
    return { ...all, shown: (await readRejected(engine, { limit: 10 })).map(({ row }) => row.id) };
  };
  const killed = await runMeshProcess({ ...mesh, killed: { before: "publish" } });
  expect(killed.signal, killed.errors).toBe("SIGKILL");
  expect(await quarantined()).toEqual({ rows: 2n, runs: 1n, shown: [2, 4] });
  const again = await runMeshProcess({ ...mesh, now: mesh.now + 1e6 });
  expect(again.ended?.statuses, again.errors).toMatchObject({ "killed/product/sales": "partial" });
  expect(again.ended?.products["killed/sales"]).toHaveLength(3);
  expect(await quarantined()).toEqual({ rows: 2n, runs: 1n, shown: [2, 4] });
  await using control = await openControl({ dataDir: join(home, "control") });
  expect(await openQualityStore(control).profiles({ domain: "killed", product: "sales" })).toHaveLength(1);
});
