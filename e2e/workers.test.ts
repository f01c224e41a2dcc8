import { appendFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ledgerRow } from "@thoth/cli/ledger-row";
import { readQueuedJobs } from "@thoth/control/job-queue-tables";
import { openControl } from "@thoth/control/open-control";
import { openRunLedger } from "@thoth/control/run-ledger";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Environment, patienceMs, serveMesh, start } from "./mesh-process.ts";
import { type SmallProject, twoDomainsProject } from "./small-project.ts";
import { endless, startWorker, type WorkerProcess } from "./worker-process.ts";

/** Workers in processes of their own, which are killed in the middle of a run. */
let project: SmallProject;
let postgres: TestPostgres;
/** Of the tests with a Postgres control plane. */
let server: Environment & { readonly MESH_CONTROL_URL: string };

const quick = { MESH_WORKER_POLL_SECONDS: "0.5", MESH_RETRY_SECONDS: "0.5" };
const domains = ["library-loans", "reading-rooms"];
/** Half a day from now there, so that it is not due while these tests run. */
const hour = new Intl.DateTimeFormat("en", { hour: "numeric", hourCycle: "h23", timeZone: "Australia/Melbourne" });
const cron = `0 ${(Number(hour.format()) + 12) % 24} * * *`;
const loans = "domains/library-loans";
const loansSql = `${loans}/products/loans/product.sql`;
let loansQuery: string;

beforeAll(async () => {
  [project, postgres] = await Promise.all([twoDomainsProject(), startPostgres()]);
  const daily = `schedule: { cron: "${cron}", timeZone: "Australia/Melbourne", onEvent: ["nightly"], attempts: 2 }`;
  await project.change(`${loans}/domain.ts`, '{ name: "loans" }', `{ name: "loans", ${daily} }`);
  await project.change(
    "domains/reading-rooms/domain.ts",
    'inputPorts: ["library-loans/loans"]',
    'inputPorts: ["library-loans/loans"], schedule: { onPublish: ["library-loans/loans"] }',
  );
  loansQuery = await project.read(loansSql);
  server = { MESH_CONTROL_URL: postgres.url };
  expect((await project.mesh(["run"], server)).code).toBe(0);
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

type Row = Readonly<Record<string, string | number | null>>;

/** Reads the ledger through the command, or, many times as fast, from the server itself. */
async function ledger({ MESH_CONTROL_URL: url }: Environment): Promise<Row[]> {
  if (url !== undefined) {
    await using control = await openControl({ url });
    return (await openRunLedger(control, Date.now).list({ limit: 1000 })).map(ledgerRow) as Row[];
  }
  const { code, out } = await project.mesh(["runs", "--json", "--limit", "1000"]);
  expect(code).toBe(0);
  return JSON.parse(out) as Row[];
}

/** Rows of the domains themselves, oldest first. */
async function domainRuns(env: Environment, domain: string): Promise<Row[]> {
  return (await ledger(env)).filter((row) => row.pipeline === "domain" && row.domain === domain).reverse();
}

/** Never ends by itself; where the query has been put right again, the next attempt does. */
const makeSlow = () => project.write(loansSql, endless(loansQuery));
const makeQuick = () => project.write(loansSql, loansQuery);

let loan = 1000;
const addLoan = () =>
  appendFile(join(project.root, "var/sources/library-loans/records.csv"), `${++loan},late,10,2026-01-01T00:00:00Z\n`);

const isRunning = (env: Environment) =>
  vi.waitFor(
    async () => {
      const running = (await ledger(env)).filter((row) => row.status === "running");
      expect(running.map((row) => row.pipeline)).toContain("product/loans");
    },
    { timeout: patienceMs, interval: "MESH_CONTROL_URL" in env ? 200 : 1_000 },
  );

const published = (env: Environment, count: number) =>
  vi.waitFor(
    async () => {
      const visits = (await domainRuns(env, "reading-rooms")).filter((row) => row.trigger === "event");
      expect(visits.map((row) => row.status)).toEqual(Array.from({ length: count }, () => "success"));
    },
    { timeout: patienceMs, interval: "MESH_CONTROL_URL" in env ? 200 : 1_000 },
  );

test("Postgres: of two workers the one with a run is killed; the other takes it over, and what reads it follows", async () => {
  const env = server;
  await using first = await startWorker(project.root, { ...env, ...quick });
  await using second = await startWorker(project.root, { ...env, ...quick });

  await makeSlow();
  await addLoan();
  expect(await project.mesh(["schedule", "fire", "nightly"], env)).toMatchObject({
    code: 0,
    out: "sent library-loans/loans\n",
  });
  await isRunning(env);
  const isBusy = (worker: WorkerProcess) => worker.log().includes("run begins target=library-loans/loans");
  await vi.waitUntil(() => isBusy(first) || isBusy(second), { timeout: patienceMs });
  const busy = [first, second].filter(isBusy);
  expect(busy).toHaveLength(1);

  // A run that somebody asks for by hand waits beside it.
  const manual = start(["run", "library-loans"], { cwd: project.root, env });
  const said = text(manual.stdout);
  let asked = "";
  manual.stderr.on("data", (chunk) => {
    asked += String(chunk);
  });
  await vi.waitFor(() => expect(asked).toContain("waiting for another run of library-loans to end"), {
    timeout: patienceMs,
  });
  manual.kill("SIGINT");
  await said;

  await makeQuick();
  await busy[0]?.kill("SIGKILL");
  await published(env, 1);
  const runs = (await domainRuns(env, "library-loans")).slice(1);
  expect(runs.map(({ status, attempt, trigger }) => [status, attempt, trigger])).toEqual([
    ["aborted", 1, "event"],
    ["success", 2, "event"],
  ]);
  expect(String(runs[1]?.started_at) >= String(runs[0]?.completed_at)).toBe(true);
  expect((await ledger(env)).filter((row) => row.completed_at === null)).toEqual([]);

  const show = async (id: unknown) => (await project.mesh(["runs", "show", String(id)], env)).out;
  expect(await show(runs[0]?.run_id)).toMatch(/aborted[\s\S]*the worker that ran it ended without finishing it/);
  const told = await show(runs[1]?.run_id);
  expect(told).toMatch(/trigger +event, attempt 2/);
  expect(told).toMatch(/Steps\n {2}.*extract\/records: success[\s\S]*product\/loans: success/);
});

test("Postgres: a worker beside mesh up never overlaps with it in one domain, and what either publishes is served", async () => {
  const env = server;
  const before = Object.fromEntries(
    await Promise.all(domains.map(async (name) => [name, (await domainRuns(env, name)).length])),
  );
  await using worker = await startWorker(project.root, { ...env, ...quick });
  await using up = await serveMesh(["up"], { cwd: project.root, env: { ...env, ...quick } });
  const asking = Array.from({ length: 2 }, async (_, index) => {
    await addLoan();
    return project.mesh(index % 2 === 0 ? ["schedule", "fire", "nightly"] : ["run", "reading-rooms"], env);
  });
  for (const { code } of await Promise.all(asking)) expect(code).toBe(0);
  await vi.waitFor(
    async () => {
      await using control = await openControl({ url: env.MESH_CONTROL_URL });
      expect(await readQueuedJobs(control)).toEqual([]);
    },
    { timeout: patienceMs, interval: 300 },
  );
  for (const domain of domains) {
    const runs = (await domainRuns(env, domain)).slice(before[domain]);
    expect(runs.length).toBeGreaterThan(0);
    expect(runs.every(({ status }) => status === "success")).toBe(true);
    const ends = runs.map((row) => [String(row.started_at), String(row.completed_at)]);
    for (const [index, [begun = ""]] of ends.entries())
      if (index > 0) expect(begun >= (ends[index - 1]?.[1] ?? "")).toBe(true);
  }
  const ask = `{ loansByKey(id: ${loan}) { category } }`;
  const served = { data: { loansByKey: { category: "late" } } };
  await vi.waitFor(async () => expect(await up.ask(ask)).toEqual(served), { timeout: patienceMs, interval: 200 });
  expect(await worker.kill("SIGINT")).toEqual([0, null]);
});

test("PGlite: what mesh up was doing when it was killed is begun again by the next", async () => {
  const env = {};
  const options = { cwd: project.root, env: quick };
  await using killed = await serveMesh(["up"], options);
  await makeSlow();
  await addLoan();
  expect(await project.mesh(["schedule", "fire", "nightly"], env)).toMatchObject({ code: 0 });
  await isRunning(env);
  await killed.stop("SIGKILL");
  await makeQuick();
  await using _ = await serveMesh(["up"], options);
  await published(env, 1);
  const runs = (await domainRuns(env, "library-loans")).slice(1);
  expect(runs.map(({ status, attempt, trigger }) => [status, attempt, trigger])).toEqual([
    ["aborted", 1, "event"],
    ["success", 2, "event"],
  ]);

  expect((await project.mesh(["schedule", "pause", "library-loans"], env)).out).toBe("library-loans is paused\n");
  const { out } = await project.mesh(["schedule", "list"], env);
  const words = out.replaceAll(/ +/g, " ");
  expect(words).toContain(`library-loans/loans ${cron} Australia/Melbourne, event nightly paused since`);

  const records = join(project.root, "var/sources/library-loans/records.csv");
  await project.mesh(["schedule", "resume", "library-loans"], env);
  await rename(records, `${records}.away`);
  await project.mesh(["schedule", "fire", "nightly"], env);
  const gaveUp = "given up: library-loans/loans: all 2 attempts failed";
  const runsText = async () => (await project.mesh(["runs", "--given-up"], env)).out;
  await vi.waitFor(async () => expect(await runsText()).toContain(gaveUp), { timeout: patienceMs, interval: 1_000 });
  await rename(`${records}.away`, records);
  expect((await project.mesh(["runs", "retry", "--all"], env)).out).toBe("sent library-loans/loans again\n");
  await vi.waitFor(async () => expect(await runsText()).toBe("Nothing has been given up.\n"), {
    timeout: patienceMs,
    interval: 1_000,
  });
});
