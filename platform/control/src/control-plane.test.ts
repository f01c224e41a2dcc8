import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { seedControlStore } from "@thoth/testing/control-store";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { suiteControlPlane } from "./control-plane.suite.ts";
import type { ControlPlane } from "./control-plane.ts";
import { type ControlLocation, openControl } from "./open-control.ts";
import { openRunLedger } from "./run-ledger.ts";
import { isServerAway } from "./server-away.ts";
import { presentWorkersSql } from "./worker-presence.ts";

// A zone far from UTC shows every place where local time slips in.
process.env.TZ = "Australia/Melbourne";

let dir: TempDir;
let postgres: TestPostgres;
beforeAll(async () => {
  [dir, postgres] = await Promise.all([tempDir(), startPostgres()]);
  for (const name of ["suite", "killed"]) await seedControlStore(join(dir.path, name));
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

suiteControlPlane("PGlite", () => openControl({ dataDir: join(dir.path, "suite") }));
suiteControlPlane("Postgres", () => openControl({ url: postgres.url }));

const newRun = { domain: "demo", product: null, pipeline: "domain", trigger: "manual", codeVersion: "1.0.0" } as const;

/** Runs a worker that dies in the middle of a run. @returns the run's id */
async function runUntilDeath(location: ControlLocation): Promise<string> {
  const worker = join(import.meta.dirname, "fixtures", "dying-worker.ts");
  const args = ["--conditions=thoth-source", worker, JSON.stringify(location)];
  const death = await promisify(execFile)(process.execPath, args).catch((error) => error);
  expect(death).toMatchObject({ signal: "SIGKILL" });
  return death.stdout;
}

test("PGlite: what a killed process left running is found and aborted by the next", async () => {
  const location = { dataDir: join(dir.path, "killed") };
  const runId = await runUntilDeath(location);
  await using control = await openControl(location);
  const aborted = await openRunLedger(control, () => 1).abortOrphans("its process ended");
  expect(aborted).toMatchObject([{ runId, status: "aborted" }]);
});

describe("Postgres with several processes", () => {
  test("that start at once on an empty database all find its tables", async () => {
    const url = await postgres.createDatabase("together");
    const controls = await Promise.all(Array.from({ length: 5 }, () => openControl({ url })));
    const ledgers = controls.map((control) => openRunLedger(control, () => 0));
    await Promise.all(ledgers.map((ledger) => ledger.start(newRun)));
    expect(await ledgers[0]?.list()).toHaveLength(5);
    expect(new Set(controls.map(({ workerId }) => workerId)).size).toBe(5);
    await Promise.all(controls.map((control) => control[Symbol.asyncDispose]()));
  });

  test("one aborts what a dead one left and nothing of a living one", async () => {
    const url = await postgres.createDatabase("orphans");
    await using alive = await openControl({ url });
    const kept = await openRunLedger(alive, () => 0).start(newRun);
    const orphan = await runUntilDeath({ url });
    await using control = await openControl({ url });
    // The server notices the broken connection in its own time.
    await expect.poll(() => workers(control)).toEqual([alive.workerId, control.workerId].toSorted());
    const aborted = await openRunLedger(control, () => 1).abortOrphans("its process ended");
    expect(aborted.map(({ runId }) => runId)).toEqual([orphan]);
    expect(await openRunLedger(control, () => 1).get(kept.runId)).toMatchObject({ status: "running" });
  });

  test("whose connections the server drops come back and are seen again", async () => {
    const url = await postgres.createDatabase("dropped");
    await using control = await openControl({ url });
    await using other = await openControl({ url });
    await other.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'dropped' and pid <> pg_backend_pid()",
    );
    await expect.poll(() => workers(other)).toEqual([control.workerId, other.workerId].toSorted());
    // It is told of an idle connection that was dropped in its own time.
    const asked = () => control.query("select 1 as one").catch(() => "not yet");
    await expect.poll(asked).toEqual([{ one: 1 }]);
  });
});

test("Postgres: a transaction that the server cuts off fails as one whose server is away, and harms no later one", async () => {
  const url = await postgres.createDatabase("cut_off");
  await using control = await openControl({ url });
  const changes: string[] = [];
  using _ = control.presence.watch((change) => changes.push(change));
  const failure = await control
    .transaction(async (handle) => {
      await handle.query("create table half (a int)");
      const others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'cut_off'";
      await handle.query(`${others} and pid <> pg_backend_pid()`);
      await handle.query("select pg_terminate_backend(pg_backend_pid())");
    })
    .catch((error: unknown) => error);
  expect(isServerAway(failure)).toBe(true);
  // It is told of idle connections that were dropped in its own time.
  await expect.poll(() => control.query("select to_regclass('half') as half")).toEqual([{ half: null }]);
  await expect.poll(() => changes).toEqual(["lost", "back"]);
});

async function workers(control: ControlPlane): Promise<number[]> {
  const rows = await control.query<{ worker_id: number }>(presentWorkersSql);
  return rows.map(({ worker_id }) => worker_id).toSorted();
}
