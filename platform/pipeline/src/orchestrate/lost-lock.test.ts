import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { advisoryLock } from "@thoth/control/worker-presence";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh, type TestRunOptions } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWarehouse } from "../domain-sessions.ts";
import { runMesh } from "../run-mesh.ts";

const farm: TestDomain = {
  name: "farm",
  streams: { eggs: { columns: { id: "INTEGER" } } },
  clean: { eggs: "select id from raw.eggs" },
  products: { eggs: { sql: "select id from clean.eggs", key: ["id"], columns: { id: "integer" } } },
};
const hours = "select max(hash(a, b))::integer as id from range(10000000) x(a), range(10000000) y(b)";

let postgres: TestPostgres;
let url: string;
/** Whose workers are soon taken for gone. */
let world: TestMesh;
/** Whose workers have as long to come back as a busy machine may need. */
let patient: TestMesh;

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase("farms");
  world = await openTestMesh([farm], { controlUrl: url, now: Date.now(), graceMs: 2_000 });
  const patientUrl = await postgres.createDatabase("patient_farms");
  patient = await openTestMesh([farm], { controlUrl: patientUrl, graceMs: 60_000 });
  await patient.source("eggs.csv", "id\n1\n");
});

afterAll(async () => {
  await patient[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

let laid = 0;
const layEgg = () => world.source("eggs.csv", `id\n${Array.from({ length: ++laid }, (_, id) => `${id}\n`).join("")}`);
const eggs = () => Array.from({ length: laid }, (_, id) => ({ id }));

/** As the server does when it is told to, or loses a machine. */
async function dropPresence(worker: number, control = world.mesh.control): Promise<void> {
  await control.query(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and classid = $1::int and objid = $2::int`,
    [advisoryLock.presence, worker],
  );
}

const unfinished = async () =>
  (await world.mesh.ledger.list({ limit: 1000 })).filter((run) => run.completedAt === null);

/** Does something once, when the job begins; where it fails, the run is ended. */
function whenStarts(jobId: string, work: () => Promise<unknown>): TestRunOptions & { done(): Promise<unknown> } {
  const done = Promise.withResolvers<unknown>();
  const stop = new AbortController();
  done.promise.catch((failure: unknown) => stop.abort(failure));
  const onProgress: TestRunOptions["onProgress"] = ({ kind, job }) => {
    if (kind === "started" && job.id === jobId) work().then(done.resolve, done.reject);
  };
  return { onProgress, signal: stop.signal, done: () => done.promise };
}

/** A process on another machine: a write file of its own, and the same snapshots, sources and control plane. */
async function onOtherMachine(stops: boolean) {
  const home = join(world.dir, "other-machine");
  await mkdir(home, { recursive: true });
  for (const name of ["snapshots", "sources"])
    await symlink(join(world.mesh.home.home, name), join(home, name)).catch(() => undefined);
  const main = join(import.meta.dirname, "fixtures/stopping-run.ts");
  const setting = JSON.stringify({ url, stops, root: world.mesh.root, home, domains: ["farm"] });
  const child = spawn(process.execPath, ["--conditions=thoth-source", main, setting], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => JSON.parse((await lines.next()).value ?? "null");
  const sleeps = () =>
    expect.poll(() => readFile(`/proc/${child.pid}/stat`, "utf8"), { interval: 20 }).toMatch(/\) T /);
  return { child, line, sleeps, ended: once(child, "exit") };
}

test("a machine that sleeps in the middle of a run, and is taken for gone, publishes nothing when it wakes up", async () => {
  await layEgg();
  await world.run();
  await layEgg();
  const other = await onOtherMachine(true);
  const worker = Number(await other.line());
  await other.sleeps();
  await dropPresence(worker);

  const runs = await world.run();
  expect(runs.get("farm/domain")).toMatchObject({ status: "success" });
  const current = await world.currentOf("farm/eggs");
  const since = { domain: "farm", pipeline: "product/eggs", status: "aborted" } as const;
  expect(await world.mesh.ledger.list(since)).toMatchObject([
    { failureMessage: "another run of farm began before this one had ended: its worker was out of sight" },
  ]);

  other.child.kill("SIGCONT");
  const told = await other.line();
  expect(await other.ended).toEqual([0, null]);
  expect(told.map(([pipeline, status]: string[]) => `${pipeline} ${status}`)).toEqual([
    "extract/eggs success",
    "clean/eggs success",
    "product/eggs aborted",
    "domain aborted",
  ]);
  expect(await world.currentOf("farm/eggs")).toEqual(current);
  expect(await world.mesh.pointers.history("farm", "eggs")).toHaveLength(2);
  expect(await world.rows("farm/eggs")).toEqual(eggs());
  expect(await unfinished()).toEqual([]);

  await layEgg();
  const again = await onOtherMachine(false);
  expect((await again.line()).map(([, status]: string[]) => status)).toEqual(
    Array.from({ length: 4 }, () => "success"),
  );
  await again.ended;
  expect(await world.rows("farm/eggs")).toEqual(eggs());
});

test("a connection that is dropped and comes back costs a run nothing", async () => {
  const { control } = patient.mesh;
  const dropped = whenStarts("farm/clean/eggs", () => dropPresence(control.workerId, control));
  const runs = await patient.run(dropped);
  await dropped.done();
  expect(runs.get("farm/domain")).toMatchObject({ status: "success" });
  expect(await patient.rows("farm/eggs")).toEqual([{ id: 1 }]);
});

test("a run whose lock somebody else has lands no row and no checkpoint, and ends as aborted; its rerun converges", async () => {
  await world.run();
  await layEgg();
  const { mesh } = world;
  /** Somebody takes the lock when the job has begun, and before it can have landed anything. */
  const start: typeof mesh.ledger.start = async (run, lock) => {
    const begun = await mesh.ledger.start(run, lock);
    const take = "update mesh.domain_locks set token = token + 1 where domain = 'farm'";
    if (run.pipeline === "extract/eggs") await mesh.control.query(take);
    return begun;
  };
  const { signal } = new AbortController();
  const runs = await runMesh({ ...mesh, ledger: { ...mesh.ledger, start } }, { trigger: "manual", signal });
  const lost = expect.stringMatching(/^control\/lock-lost: This run has lost the lock of farm/);
  expect(runs).toContainEqual(
    expect.objectContaining({
      pipeline: "extract/eggs",
      status: "aborted",
      failureMessage: lost,
      rowsRead: null,
    }),
  );
  expect(runs).toContainEqual(expect.objectContaining({ pipeline: "domain", status: "aborted" }));
  // Its holder is gone, and did not give it back.
  await world.mesh.control.query("update mesh.domain_locks set holder = null, worker_id = null");
  const [domain] = world.mesh.domains;
  if (domain === undefined) throw new Error("no domain");
  {
    await using warehouse = await openWarehouse(world.mesh, domain);
    expect(await warehouse.engine.query("select count(*)::integer as eggs from raw.eggs")).toEqual([
      { eggs: laid - 1 },
    ]);
  }
  expect((await world.run()).get("farm/domain")).toMatchObject({ status: "success" });
  expect(await world.rows("farm/eggs")).toEqual(eggs());
});

test("a worker that cannot show itself again stops its runs when its grace period is over", async () => {
  const { control } = world.mesh;
  await world.define([{ ...farm, clean: { eggs: hours } }]);
  const overdue = Promise.withResolvers<void>();
  using _ = control.presence.watch((change) => change === "overdue" && overdue.resolve());
  const presence = [advisoryLock.presence, control.workerId];
  /** Holds what the worker would have to take again. */
  const keepAway = () =>
    control.transaction(async (handle) => {
      const held = handle.query("select pg_advisory_xact_lock($1::int, $2::int)", presence);
      const waiting = "select 1 from pg_locks where classid = $1::int and objid = $2::int and not granted";
      await expect.poll(() => control.query(waiting, presence), { interval: 20 }).toHaveLength(1);
      await dropPresence(control.workerId);
      await held;
      await overdue.promise;
    });
  const cut = whenStarts("farm/clean/eggs", keepAway);
  const runs = await world.run(cut);
  await cut.done();
  expect(runs.get("farm/clean/eggs")).toMatchObject({
    status: "aborted",
    failureMessage: expect.stringMatching(/^stopped: control\/presence-lost: This worker has been out .* for 2 s/),
  });
  await world.define([farm]);
  await layEgg();
  expect((await world.run()).get("farm/domain")).toMatchObject({ status: "success" });
  expect(await unfinished()).toEqual([]);
});

test("a server that is restarted in the middle of a run finds it going on, and everything on the ledger", async () => {
  await patient.source("eggs.csv", "id\n1\n2\n");
  const restarted = whenStarts("farm/clean/eggs", () => postgres.restart());
  const runs = await patient.run(restarted);
  await restarted.done();
  expect([...runs.values()].map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => "success"));
  expect(await patient.rows("farm/eggs")).toEqual([{ id: 1 }, { id: 2 }]);
  expect((await patient.mesh.ledger.list({ limit: 1000 })).every((run) => run.completedAt !== null)).toBe(true);
});
