import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { type ControlPlane, openControl } from "@thoth/control/open-control";
import type { Run } from "@thoth/control/run";
import { openRunLedger } from "@thoth/control/run-ledger";
import { openSnapshotPointers } from "@thoth/control/snapshot-pointers";
import { advisoryLock } from "@thoth/control/worker-presence";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Environment, patienceMs } from "./mesh-process.ts";
import { loansProject, type SmallProject } from "./small-project.ts";
import { endless, startWorker, type WorkerProcess } from "./worker-process.ts";

/** Workers whose connection to the control plane breaks in the middle of a run; none of them is ever started again. */
let project: SmallProject;
let postgres: TestPostgres;
let control: ControlPlane;
let env: Environment;

const loans = "domains/library-loans";
const loansSql = `${loans}/products/loans/product.sql`;
let loansQuery: string;

beforeAll(async () => {
  [project, postgres] = await Promise.all([loansProject(), startPostgres()]);
  const nightly = 'schedule: { onEvent: ["nightly"], attempts: 20 }';
  await project.change(`${loans}/domain.ts`, '{ name: "loans" }', `{ name: "loans", ${nightly} }`);
  loansQuery = await project.read(loansSql);
  env = {
    MESH_CONTROL_URL: postgres.url,
    MESH_WORKER_POLL_SECONDS: "0.5",
    MESH_RETRY_SECONDS: "0.5",
  };
  expect((await project.mesh(["run"], env)).code).toBe(0);
  control = await openControl({ url: postgres.url });
});

afterAll(async () => {
  await control[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

/** Never ends by itself; where the query has been put right again, the next attempt does. */
const makeSlow = () => project.write(loansSql, endless(loansQuery));
const makeQuick = () => project.write(loansSql, loansQuery);

let loan = 1000;

/** Two workers that may be out of sight for so long. Disposing kills them. */
async function startWorkers(graceSeconds: number): Promise<AsyncDisposable & { readonly both: WorkerProcess[] }> {
  await using stack = new AsyncDisposableStack();
  const own = { ...env, MESH_WORKER_GRACE_SECONDS: String(graceSeconds) };
  const both = [stack.use(await startWorker(project.root, own)), stack.use(await startWorker(project.root, own))];
  const started = stack.move();
  return { both, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

interface SlowRun {
  readonly busy: WorkerProcess;
  readonly idle: WorkerProcess;
  readonly since: number;
}

/** Has a worker begin a run that does not end, and waits until it is at it. @returns who has it, and who has not */
async function beginSlowRun(workers: readonly WorkerProcess[]): Promise<SlowRun> {
  const since = Date.now();
  const begun = workers.map((worker) => worker.log().length);
  await makeSlow();
  await appendFile(
    join(project.root, "var/sources/library-loans/records.csv"),
    `${++loan},late,10,2026-01-01T00:00:00Z\n`,
  );
  expect((await project.mesh(["schedule", "fire", "nightly"], env)).code).toBe(0);
  await until(async () => expect((await runs(since)).map(describeRun)).toContain("product/loans running 1"));
  const isBusy = (worker: WorkerProcess, index: number) => worker.log().slice(begun[index]).includes("run begins");
  await until(() => expect(workers.some(isBusy)).toBe(true));
  const busy = workers.find(isBusy);
  const idle = workers.find((worker) => worker !== busy);
  if (busy === undefined || idle === undefined) throw new Error("no worker has begun");
  return { busy, idle, since };
}

const until = (check: () => Promise<unknown> | unknown) => vi.waitFor(check, { timeout: patienceMs, interval: 100 });
const runs = (since: number) => openRunLedger(control, Date.now).list({ since, limit: 1000 });
const describeRun = ({ pipeline, status, attempt }: Run) => `${pipeline} ${status} ${attempt}`;
const domainRuns = async (since: number) =>
  (await runs(since)).filter(({ pipeline }) => pipeline === "domain").reverse();

/** Everything has ended, the last attempt well, and what it made is what readers get. */
async function converged(since: number): Promise<Run[]> {
  await until(async () => expect((await domainRuns(since)).at(-1)?.status).toBe("success"));
  const all = await runs(since);
  expect(all.filter(({ completedAt }) => completedAt === null)).toEqual([]);
  const product = all.find(({ pipeline, status }) => pipeline === "product/loans" && status === "success");
  const current = await openSnapshotPointers(control, Date.now).currentOf("library-loans", "loans");
  expect(current).toMatchObject({ id: product?.snapshotId, rowCount: product?.rowCountAfter });
  // A job is settled behind its run.
  const left = `select (select count(*) from mesh.claims)::int as claims,
    (select count(*) from mesh.domain_locks where worker_id is not null)::int as locks`;
  await until(async () => expect(await control.query(left)).toEqual([{ claims: 0, locks: 0 }]));
  return domainRuns(since);
}

/** @returns how many connections were ended */
async function endPresence({ id }: WorkerProcess): Promise<number> {
  const ended = await control.query(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = $1::int and objid = $2::int`,
    [advisoryLock.presence, id],
  );
  return ended.length;
}

const isPresent = async ({ id }: WorkerProcess) => {
  const seen = await control.query(
    "select 1 from pg_locks where locktype = 'advisory' and classid = $1::int and objid = $2::int and granted",
    [advisoryLock.presence, id],
  );
  return seen.length > 0;
};

test("a worker whose connection is ended goes on with its run; told to end, it leaves it to the other", async () => {
  // However busy the machine is, it comes back in time.
  await using workers = await startWorkers(600);
  const { busy, since } = await beginSlowRun(workers.both);
  expect(await endPresence(busy)).toBe(1);
  await until(() => expect(busy.log()).toContain("the control plane sees this worker again"));
  expect(await isPresent(busy)).toBe(true);
  expect((await domainRuns(since)).map(describeRun)).toEqual(["domain running 1"]);
  await makeQuick();
  await busy.kill("SIGINT");
  const attempts = await converged(since);
  expect(attempts.map(describeRun)).toEqual(["domain aborted 1", "domain success 1"]);
});

test("a worker that is out of sight for longer loses its run to the other", async () => {
  await using workers = await startWorkers(2);
  const { busy, idle, since } = await beginSlowRun(workers.both);
  // As a machine that is put to sleep: it neither ends nor goes on, and holds the domain's file.
  busy.signal("SIGSTOP");
  expect(await endPresence(busy)).toBe(1);
  await makeQuick();
  await until(() => expect(idle.log()).toContain("its worker is gone: begun again"));
  expect((await domainRuns(since))[0]).toMatchObject({ status: "aborted" });
  const before = busy.log().length;
  busy.signal("SIGCONT");
  await until(() => expect(busy.log().slice(before)).toContain("another worker has begun it again"));

  const [first, ...others] = await converged(since);
  expect(first).toMatchObject({
    status: "aborted",
    failureMessage: "the worker that ran it ended without finishing it",
  });
  // While it slept nobody could open the domain's file.
  expect(others.slice(0, -1).every(({ status }) => status !== "success")).toBe(true);
  expect(others.map(({ attempt }) => attempt)).toEqual(others.map((_, index) => index + 2));
  expect(new Set((await runs(since)).filter(({ snapshotId }) => snapshotId !== null)).size).toBe(1);
});

test("a server that is restarted in the middle of a run: the worker recovers by itself, and the run is tried again", async () => {
  await using workers = await startWorkers(2);
  const { busy, since } = await beginSlowRun(workers.both);
  const before = busy.log().length;
  await postgres.restart(async () => {
    await until(() => expect(busy.log().slice(before)).toContain("it stops what it runs"));
    await makeQuick();
  });
  const attempts = await converged(since);
  expect(attempts.length).toBeGreaterThan(1);
  expect(attempts[0]).toMatchObject({ status: "aborted", failureClass: "system" });
  for (const worker of workers.both) await until(async () => expect(await isPresent(worker)).toBe(true));
  expect((await project.mesh(["runs", "--given-up"], env)).out).toBe("Nothing has been given up.\n");
});
