import { existsSync } from "node:fs";
import { readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import type { Run } from "@thoth/control/run";
import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { openReadSide, type ReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { listSnapshots, snapshotFile } from "@thoth/warehouse/snapshot-store";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keptSnapshots } from "./mesh.ts";

let world: TestMesh;
let onPublish: (snapshot: Snapshot) => Promise<void> = async () => undefined;

beforeAll(async () => {
  world = await openTestMesh([], { onPublish: (snapshot) => onPublish(snapshot) });
});

afterAll(() => world[Symbol.asyncDispose]());

function store(name: string): TestDomain {
  return {
    name,
    streams: { [name]: { columns: { id: "INTEGER", day: "DATE" }, eventTime: "day" } },
    clean: { items: `select id, day from raw.${name}` },
    products: { items: { sql: "select id from clean.items", key: ["id"], columns: { id: "integer" } } },
  };
}

/** Runs the domain with so many items, the newest of them of that day of May 2026. */
async function stock(name: string, items: number, day = items): Promise<Run> {
  await world.define([store(name)]);
  const date = `2026-05-${String(day).padStart(2, "0")}`;
  const rows = Array.from({ length: items }, (_, index) => `${index + 1},${date}\n`);
  await world.source(`${name}.csv`, `id,day\n${rows.join("")}`);
  return itemsRun(name);
}

async function itemsRun(name: string, full = false): Promise<Run> {
  const run = (await world.run({ full })).get(`${name}/product/items`);
  if (run === undefined) throw new Error(`${name} has not run`);
  return run;
}

async function count(name: string): Promise<number> {
  return (await world.rows(`${name}/items`)).length;
}

async function currentFile(name: string): Promise<string> {
  const current = await world.currentOf(`${name}/items`);
  return snapshotFile(world.mesh.home.snapshotsDir, name, "items", current?.id ?? "none");
}

const damages: readonly [string, (file: string) => Promise<void>][] = [
  ["missing", (file) => rm(file)],
  ["cut short", (file) => truncate(file, 5000)],
  ["empty", (file) => truncate(file, 0)],
  ["overwritten", async (file) => writeFile(file, Buffer.alloc((await stat(file)).size, "x"))],
  [
    "damaged inside",
    async (file) => {
      const bytes = await readFile(file);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 100) ^ 1, bytes.length - 100);
      await writeFile(file, bytes);
    },
  ],
];

test.each(damages)("a snapshot whose file is %s is published again", async (damage, spoil) => {
  const domain = `damaged${damage.replaceAll(" ", "")}`;
  const first = await stock(domain, 3);
  await spoil(await currentFile(domain));
  const healed = await itemsRun(domain);
  expect(healed).toMatchObject({ status: "success", rowCountAfter: 3, rowsInserted: 3 });
  expect(healed.snapshotId).not.toBe(first.snapshotId);
  expect(await count(domain)).toBe(3);
  expect(await itemsRun(domain)).toMatchObject({ snapshotId: healed.snapshotId, rowsRead: 0 });
});

test("an empty product whose file is missing is published again too", async () => {
  const first = await stock("bare", 0);
  await rm(await currentFile("bare"));
  const healed = await itemsRun("bare");
  expect(healed).toMatchObject({ status: "success", rowCountAfter: 0 });
  expect(healed.snapshotId).not.toBe(first.snapshotId);
  expect(await count("bare")).toBe(0);
});

test("what somebody went back to stays until there is something new, and does not pass for newer than it is", async () => {
  const first = await stock("rolled", 1);
  const second = await stock("rolled", 2);
  await world.mesh.pointers.moveTo("rolled", "items", first.snapshotId ?? "");
  expect(await count("rolled")).toBe(1);
  const held = await itemsRun("rolled");
  expect(held).toMatchObject({ status: "success", snapshotId: first.snapshotId, rowCountAfter: 1 });
  expect(held).toMatchObject({ watermarkBefore: first.watermarkAfter, watermarkAfter: first.watermarkAfter });
  expect(await world.currentOf("rolled/items")).toMatchObject({
    id: first.snapshotId,
    watermark: Date.UTC(2026, 4, 1),
  });
  const third = await stock("rolled", 3);
  expect(third).toMatchObject({ rowsInserted: 2, watermarkAfter: Date.UTC(2026, 4, 3) });
  expect(new Set([first.snapshotId, second.snapshotId, third.snapshotId]).size).toBe(3);
  expect(await count("rolled")).toBe(3);
});

test("what was gone back to because the newer one is damaged does not stay", async () => {
  const first = await stock("wounded", 1);
  await stock("wounded", 2);
  await truncate(await currentFile("wounded"), 100);
  await world.mesh.pointers.moveTo("wounded", "items", first.snapshotId ?? "");
  expect(await itemsRun("wounded")).toMatchObject({ status: "success", rowsInserted: 1, rowCountAfter: 2 });
  expect(await count("wounded")).toBe(2);
});

test("a full run publishes again what somebody went back behind", async () => {
  const first = await stock("forced", 1);
  await stock("forced", 2);
  await world.mesh.pointers.moveTo("forced", "items", first.snapshotId ?? "");
  expect(await itemsRun("forced", true)).toMatchObject({ rowsInserted: 1, rowCountAfter: 2 });
  expect(await count("forced")).toBe(2);
});

test("rows that come out as what somebody went back to are not written again", async () => {
  const first = await stock("back", 1);
  await stock("back", 2);
  await world.mesh.pointers.moveTo("back", "items", first.snapshotId ?? "");
  const again = await stock("back", 1, 9);
  expect(again).toMatchObject({ snapshotId: first.snapshotId, watermarkAfter: Date.UTC(2026, 4, 9) });
  expect(await itemsRun("back")).toMatchObject({ snapshotId: first.snapshotId, watermarkAfter: Date.UTC(2026, 4, 9) });
});

test("so many snapshots can be gone back to, and the ledger of them tells which cannot", async () => {
  const runs: Run[] = [];
  for (let items = 1; items <= keptSnapshots + 3; items += 1) runs.push(await stock("many", items));
  const ids = runs.map((run) => run.snapshotId);
  const kept = ids.slice(-(keptSnapshots + 1));
  expect(await listSnapshots(world.mesh.home.snapshotsDir, "many", "items")).toEqual(kept);
  const history = await world.mesh.pointers.history("many", "items");
  expect(history.filter((entry) => entry.prunedAt === null).map((entry) => entry.id)).toEqual(kept.toReversed());
  await expect(world.mesh.pointers.moveTo("many", "items", ids[0] ?? "")).rejects.toMatchObject({
    code: "control/snapshot-pruned",
  });
  await world.mesh.pointers.moveTo("many", "items", kept[0] ?? "");
  expect(await count("many")).toBe(3);
  await stock("many", 20);
  expect(existsSync(snapshotFile(world.mesh.home.snapshotsDir, "many", "items", kept[0] ?? ""))).toBe(true);
});

test("files that no pointer ever led to are removed, and cost none that can be gone back to", async () => {
  const first = await stock("orphans", 1);
  const dir = world.mesh.home.snapshotsDir;
  const strays = Array.from({ length: 9 }, (_, index) => snapshotFile(dir, "orphans", "items", `ffffffff-000${index}`));
  for (const stray of strays) await writeFile(stray, "half a snapshot");
  const second = await stock("orphans", 2);
  expect(await listSnapshots(dir, "orphans", "items")).toEqual([first.snapshotId, second.snapshotId]);
});

test("a cleaned table whose file is gone is gone too, and so is what a crash left behind", async () => {
  await stock("tidy", 1);
  const domain = store("tidy");
  await world.define([
    { ...domain, clean: { items: "select id, day from raw.tidy", more: "select id from clean.items" } },
  ]);
  await itemsRun("tidy");
  const { home } = world.mesh;
  const open = () =>
    openWriteSide({ file: home.writeFile("tidy"), tmpDir: home.tmpDir, pseudonymKey: "a key for tests" });
  const tables =
    "select schema_name || '.' || table_name as name from duckdb_tables() where schema_name in ('clean', 'staging') order by 1";
  {
    await using engine = await open();
    await engine.run("create table staging.half as select 1 as id");
    expect((await engine.query(tables)).map((row) => row.name)).toEqual(["clean.items", "clean.more", "staging.half"]);
  }
  await world.define([domain]);
  await itemsRun("tidy");
  await using engine = await open();
  expect((await engine.query(tables)).map((row) => row.name)).toEqual(["clean.items"]);
});

/** Publishes one item with the next number while a query looks at so many pairs of numbers, and the newest item. */
async function publishDuringQuery(side: ReadSide, newest: number, pairs: number) {
  await side.attach((await world.currentOf("busy/items")) as Snapshot);
  await world.source("busy.csv", `id,day\n${newest + 1},2026-05-09\n`);
  const ask = "select max(id)::integer as newest from busy.product.items";
  const slow = `${ask}, range(10000) a(x), range(${pairs / 10_000}) b(y) where hash(x, y) > 0`;
  let ended = false;
  let answer: Promise<SqlRow[]> | undefined;
  await world.run({
    onProgress: ({ kind, job }) => {
      if (kind !== "started" || job.kind !== "product") return;
      answer = side.query(slow).finally(() => {
        ended = true;
      });
    },
  });
  const served = await side.query(ask);
  const lasted = { ended, served };
  return { ...lasted, rows: (await answer) ?? [] };
}

test("a query that began before a publish ends on the rows it began with", async () => {
  await stock("busy", 2);
  const { snapshotsDir } = world.mesh.home;
  await using side = await openReadSide({ snapshotDir: snapshotsDir, catalogs: ["busy"], connections: 2 });
  onPublish = (snapshot) => side.attach(snapshot);
  // Until a query is long enough to last through a publish on this machine, and not to begin behind it.
  for (let [newest, pairs] = [2, 100_000_000]; ; newest += 1, pairs *= 4) {
    const { ended, rows, served } = await publishDuringQuery(side, newest, pairs);
    expect(served).toEqual([{ newest: newest + 1 }]);
    expect([[{ newest }], [{ newest: newest + 1 }]]).toContainEqual(rows);
    if (!ended && rows[0]?.newest === newest) break;
  }
  onPublish = async () => undefined;
});

test("a reader that cannot take a publish fails the run; the next run tells it again", async () => {
  await stock("deaf", 1);
  onPublish = async () => {
    throw new Error("cannot listen");
  };
  const failed = await stock("deaf", 2);
  expect(failed).toMatchObject({ status: "failed", failureStep: "publish", failureClass: "system" });
  const told: string[] = [];
  onPublish = async (snapshot) => void told.push(snapshot.id);
  const again = await itemsRun("deaf");
  expect(again).toMatchObject({ status: "success", rowCountAfter: 2, rowsInserted: 0 });
  expect(told).toEqual([again.snapshotId]);
  onPublish = async () => undefined;
});
