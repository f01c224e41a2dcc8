import { rm, truncate } from "node:fs/promises";
import { servableSnapshots } from "@thoth/pipeline/consent-states";
import { holdDomains } from "@thoth/pipeline/domain-hold";
import type { TestDomain, TestProduct } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { openReadSide } from "@thoth/warehouse/read-side";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rollBack } from "./roll-back.ts";
import { silentLog } from "./server-log.ts";
import { goBackToSound } from "./sound-snapshots.ts";

let world: TestMesh;
const { signal } = new AbortController();

beforeAll(async () => {
  world = await openTestMesh([]);
});
afterAll(() => world[Symbol.asyncDispose]());

const personal = (kind: string, rest: object = {}) => ({
  logicalType: "string",
  classification: "confidential",
  customProperties: [{ property: "personalData", value: kind }],
  ...rest,
});

const terms = (basis: string, rest: readonly object[] = []) => ({
  customProperties: [
    { property: "personalDataPurpose", value: "learning-research" },
    { property: "consentBasis", value: basis },
    ...rest,
  ],
});

const columns = { person: personal("pseudonym"), unit: "string", mark: personal("attribute") };
const key = ["person", "unit"];

/** Holds those who agreed. */
const opted: TestProduct = {
  sql: "select person, unit, mark from clean.marks where agreed",
  key,
  columns,
  contract: terms("opt-in"),
};

/** Holds everybody, and says who agreed. */
const flagged: TestProduct = {
  sql: "select person, unit, mark, agreed from clean.marks",
  key,
  columns: { ...columns, agreed: personal("attribute", { logicalType: "boolean" }) },
  contract: terms("opt-in", [{ property: "consentColumns", value: { "learning-research": "agreed" } }]),
};

const duty: TestProduct = { ...opted, contract: terms("teaching-duty") };

const perUnit: TestProduct = {
  ...duty,
  columns: { unit: columns.unit, mark: columns.mark },
  key: ["unit"],
  sql: "select unit, mark from clean.marks",
};

function school(name: string, product: TestProduct): TestDomain {
  return {
    name,
    streams: { [name]: { columns: { person: "VARCHAR", unit: "VARCHAR", mark: "VARCHAR", agreed: "BOOLEAN" } } },
    clean: { marks: `select person, unit, mark, agreed from raw.${name}` },
    products: { marks: product },
  };
}

async function publish(name: string, product: TestProduct, rows: readonly string[]): Promise<string> {
  await world.define([school(name, product)]);
  await world.source(`${name}.csv`, `person,unit,mark,agreed\n${rows.map((row) => `${row}\n`).join("")}`);
  await world.run();
  return (await world.currentOf(`${name}/marks`))?.id ?? "";
}

const goBack = (domain: string, snapshot?: string) =>
  rollBack(world.mesh, { domain, product: "marks", ...(snapshot !== undefined && { snapshot }) });

const people = async (name: string) =>
  (await world.rows(`${name}/marks`)).map(({ person, unit }) => `${person} ${unit}`);

const fileOf = (name: string, id: string) => snapshotFile(world.mesh.home.snapshotsDir, name, "marks", id);

test("who withdrew since is not in the state that is gone back to, nor is who was never in the newest", async () => {
  await publish("opted", opted, ["ann,A,1,true", "bob,A,2,true", "cid,A,3,true"]);
  const newest = await publish("opted", opted, ["ann,A,9,true", "bob,A,9,false", "dan,A,9,true"]);
  const restored = await goBack("opted");
  expect(await world.rows("opted/marks")).toEqual([{ person: "ann", unit: "A", mark: "1" }]);
  expect(restored).toMatchObject({ rowCount: 1, restoredFrom: expect.any(String) });
  // A run that finds nothing new leaves what somebody went back to.
  await world.run();
  expect(await world.currentOf("opted/marks")).toMatchObject({ id: restored.id, watermark: restored.watermark });
  expect((await goBack("opted", newest)).id).toBe(newest);
  expect(await people("opted")).toEqual(["ann A", "dan A"]);
});

test("every row of a person has to agree now for one of before to count as agreed", async () => {
  await publish("flagged", flagged, ["ann,A,1,true", "bob,A,2,true", "bob,B,2,true", "cid,A,3,false", "eve,A,1,true"]);
  await publish("flagged", flagged, ["ann,A,9,true", "bob,A,9,false", "bob,B,9,true", "cid,A,9,true"]);
  await goBack("flagged");
  expect(await world.rows("flagged/marks")).toEqual([
    { person: "ann", unit: "A", mark: "1", agreed: true },
    { person: "bob", unit: "A", mark: "2", agreed: false },
    { person: "bob", unit: "B", mark: "2", agreed: false },
    { person: "cid", unit: "A", mark: "3", agreed: false },
  ]);
});

test("going back twice goes two computed states back, and what counts is what the newest of them says", async () => {
  const first = await publish("twice", opted, ["ann,A,1,true", "bob,A,1,true", "cid,A,1,true"]);
  const second = await publish("twice", opted, ["ann,A,2,true", "cid,A,2,true", "bob,A,2,false"]);
  await publish("twice", opted, ["ann,A,3,true", "bob,A,3,true", "cid,A,3,false"]);
  expect(await goBack("twice")).toMatchObject({ restoredFrom: second });
  expect(await people("twice")).toEqual(["ann A"]);
  expect(await goBack("twice")).toMatchObject({ restoredFrom: first });
  expect(await people("twice")).toEqual(["ann A", "bob A"]);
  await expect(goBack("twice")).rejects.toMatchObject({ code: "cli/nothing-to-roll-back" });
  const after = await publish("twice", opted, ["ann,A,4,true"]);
  const kept = await world.mesh.pointers.history("twice", "marks");
  // Copies that are not served any more are gone.
  expect(kept.filter(({ prunedAt, restoredFrom }) => prunedAt === null && restoredFrom !== undefined)).toHaveLength(1);
  expect(await goBack("twice", after)).toMatchObject({ id: after });
});

test("what rests on something else than consent goes back by its pointer alone", async () => {
  const first = await publish("duty", duty, ["ann,A,1,true", "bob,A,1,true"]);
  await publish("duty", duty, ["ann,A,2,true"]);
  expect((await goBack("duty")).id).toBe(first);
  expect(await people("duty")).toEqual(["ann A", "bob A"]);
});

test("a state without a column of the key is not gone back to, and what serves goes on", async () => {
  const first = await publish("rekeyed", perUnit, ["ann,A,1,true"]);
  const newest = await publish("rekeyed", duty, ["ann,A,2,true"]);
  await expect(goBack("rekeyed", first)).rejects.toMatchObject({
    code: "cli/other-key",
    message: expect.stringContaining("person"),
  });
  expect((await world.currentOf("rekeyed/marks"))?.id).toBe(newest);
});

test("a state is gone back to where what serves lacks no less of the key", async () => {
  const first = await publish("keyless", perUnit, ["ann,A,1,true"]);
  await publish("keyless", perUnit, ["ann,A,2,true"]);
  // The contract has another key by now, and no run has been through since.
  await world.define([school("keyless", duty)]);
  expect((await goBack("keyless", first)).id).toBe(first);
});

test.each([
  ["cannot be read", (file: string) => truncate(file, 5_000)],
  ["is gone", (file: string) => rm(file)],
])("nobody is shown when the newest state %s", async (why, damage) => {
  const name = `lost${why.length}`;
  await publish(name, opted, ["ann,A,1,true", "bob,A,1,true"]);
  const newest = await publish(name, opted, ["ann,A,2,true"]);
  await damage(fileOf(name, newest));
  await expect(goBack(name)).rejects.toMatchObject({ code: "cli/consent-unknown" });
  expect((await world.currentOf(`${name}/marks`))?.id).toBe(newest);
});

test("a process that starts leaves people out of an older state that is still served as it was", async () => {
  const first = await publish("before", opted, ["ann,A,1,true", "bob,A,1,true"]);
  await publish("before", opted, ["ann,A,2,true"]);
  await world.mesh.pointers.moveTo("before", "marks", first);
  const { snapshotsDir } = world.mesh.home;
  await using readSide = await openReadSide({ snapshotDir: snapshotsDir, catalogs: ["before"], connections: 1 });
  for (const current of await world.mesh.pointers.current())
    if (current.domain === "before") await readSide.attach(current);
  await goBackToSound(world.mesh, { readSide, log: silentLog, signal });
  expect(await people("before")).toEqual(["ann A"]);
  // Nothing is left to do the next time.
  const restored = await world.currentOf("before/marks");
  if (restored !== undefined) await readSide.attach(restored);
  await goBackToSound(world.mesh, { readSide, log: silentLog, signal });
  expect(await world.currentOf("before/marks")).toEqual(restored);
});

test("nothing older is served in place of a newest state that cannot be read", async () => {
  await publish("damaged", opted, ["ann,A,1,true", "bob,A,1,true"]);
  const newest = await publish("damaged", opted, ["ann,A,2,true"]);
  await truncate(fileOf("damaged", newest), 5_000);
  const { snapshotsDir } = world.mesh.home;
  await using readSide = await openReadSide({ snapshotDir: snapshotsDir, catalogs: ["damaged"], connections: 1 });
  await goBackToSound(world.mesh, { readSide, log: silentLog, signal });
  expect((await world.currentOf("damaged/marks"))?.id).toBe(newest);
});

/** The lines that a start writes, and what its readers would find. */
async function start(): Promise<{ readonly told: string[]; readonly served: string[] }> {
  const told: string[] = [];
  const write = (message: string, { product, hint }: Record<string, unknown> = {}) =>
    told.push(`${product} ${message}: ${hint}`);
  const { snapshotsDir } = world.mesh.home;
  const catalogs = world.mesh.domains.map(({ name }) => name);
  await using readSide = await openReadSide({ snapshotDir: snapshotsDir, catalogs, connections: 1 });
  for (const snapshot of await servableSnapshots(world.mesh))
    if (catalogs.includes(snapshot.domain)) await readSide.attach(snapshot);
  await goBackToSound(world.mesh, { readSide, log: { info: write, error: write }, signal });
  return { told, served: readSide.attached().map(({ domain, product }) => `${domain}/${product}`) };
}

const second: TestProduct = { ...opted, version: "2.0.0" };

test.each<[string, string, TestProduct, (newest: string) => Promise<void>, RegExp]>([
  [
    "whose newest state is gone",
    "gone",
    opted,
    (newest) => rm(newest),
    /: Its rows rest on people's consent\. mesh run/,
  ],
  ["of another major version", "major", second, async () => undefined, /: Go back to a snapshot of the major version/],
])("a start leaves out an older state %s, says what to do, and goes on", async (_why, name, next, damage, advice) => {
  const first = await publish(name, opted, ["ann,A,1,true", "bob,A,1,true"]);
  const newest = await publish(name, next, ["ann,A,2,true"]);
  await world.mesh.pointers.moveTo(name, "marks", first);
  await damage(fileOf(name, newest));
  const { told, served } = await start();
  expect(served).toEqual([]);
  expect(told[0]).toMatch(/^marks an older state is not served: people in it may not agree any more/);
  expect(told[0]).toMatch(advice);
  expect(told[1]).toMatch(new RegExp(`^marks no snapshot of a product can be read or served: mesh run ${name}/marks`));
  expect(told).toHaveLength(2);
});

test("a start does not wait for a busy domain after it has been told to stop", async () => {
  const first = await publish("busy", opted, ["ann,A,1,true", "bob,A,1,true"]);
  await publish("busy", opted, ["ann,A,2,true"]);
  await world.mesh.pointers.moveTo("busy", "marks", first);
  await using _ = await holdDomains(world.mesh, ["busy"], { signal });
  const { snapshotsDir } = world.mesh.home;
  await using readSide = await openReadSide({ snapshotDir: snapshotsDir, catalogs: ["busy"], connections: 1 });
  const stopped = AbortSignal.timeout(50);
  const waiting = goBackToSound(world.mesh, { readSide, log: silentLog, signal: stopped });
  await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
});
