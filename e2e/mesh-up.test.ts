import { once } from "node:events";
import { appendFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { patienceMs, type ServingMesh, serveMesh, start } from "./mesh-process.ts";
import { loansProject, type SmallProject } from "./small-project.ts";

/** A mesh that serves, and what is asked of it from other terminals meanwhile. */
let base: SmallProject;

beforeAll(async () => {
  base = await loansProject();
});

afterAll(() => base[Symbol.asyncDispose]());

const count = "{ loans { totalCount } }";
const counted = (totalCount: number) => ({ data: { loans: { totalCount } } });

async function addLoan(project: SmallProject, id: number): Promise<void> {
  const csv = join(project.root, "var/sources/library-loans/records.csv");
  await appendFile(csv, `${id},first,10,2026-01-01T00:00:00Z\n`);
}

/** A query that takes longer than anybody waits, unless it is interrupted. */
async function slowDown(project: SmallProject): Promise<void> {
  const endless = "(select count(*) from range(10000000) a(x), range(10000000) b(x) where a.x * b.x = 7)";
  await project.change("domains/library-loans/clean/records.sql", "is not null", `> ${endless} or id is not null`);
}

async function ledger(project: SmallProject): Promise<{ pipeline: string; status: string }[]> {
  return JSON.parse((await project.mesh(["runs", "--json"])).out);
}

async function untilSaid({ log }: Pick<ServingMesh, "log">, text: string): Promise<void> {
  await vi.waitUntil(() => log().includes(text), { timeout: patienceMs, interval: 20 });
}

/** As the mesh that serves tells who asks from outside. */
async function untilRunning(project: SmallProject, pipeline: string): Promise<void> {
  const running = { pipeline, status: "running" };
  await expect.poll(() => ledger(project)).toContainEqual(expect.objectContaining(running));
}

// The first test leaves its state in the base, so that the others need no first run of their own.
test("the first start writes sample data, runs everything and serves; the second serves what is there", async () => {
  const first = await serveMesh(["up"], { cwd: base.root });
  await untilSaid(first, "No data product is published yet: all pipelines run now");
  await untilSaid(first, "writing sample data of library-loans");
  await untilSaid(first, "[3/3] library-loans product/loans: success, 500 rows (+500), ");
  expect(await first.ask(count)).toEqual(counted(500));
  expect(await first.stop("SIGINT")).toBe(0);
  const second = await serveMesh(["up"], { cwd: base.root });
  expect(second.log()).not.toContain("sample");
  expect(second.log()).not.toContain("[1/3]");
  expect(await second.ask(count)).toEqual(counted(500));
  expect(await second.stop("SIGTERM")).toBe(0);
});

test("mesh run, runs, query and rollback from another terminal act through it, and readers swap at once", async () => {
  await using project = await base.copy();
  await using serving = await serveMesh(["up"], { cwd: project.root });
  await addLoan(project, 501);
  const run = await project.mesh(["run", "library-loans"]);
  expect(run).toMatchObject({ code: 0, out: "3 of 3 jobs succeeded\n" });
  expect(run.err).toContain("[3/3] library-loans product/loans: success, 501 rows (+1), ");
  expect(await serving.ask(count)).toEqual(counted(501));
  expect(JSON.parse((await project.mesh(["query", count, "--json"])).out)).toEqual(counted(501));
  const [newest] = await ledger(project);
  expect(newest).toMatchObject({
    domain: "library-loans",
    product: "loans",
    pipeline: "product/loans",
    rows_inserted: 1,
    row_count_after: 501,
    completed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  const back = await project.mesh(["rollback", "library-loans/loans", "--json"]);
  expect(JSON.parse(back.out)).toMatchObject({ domain: "library-loans", product: "loans", rowCount: 500 });
  expect(await serving.ask(count)).toEqual(counted(500));
  const further = await project.mesh(["rollback", "library-loans/loans"]);
  expect(further.code).toBe(1);
  expect(further.err).toContain("cli/nothing-to-roll-back: library-loans/loans has no older snapshot");
  const unknown = await project.mesh(["rollback", "library-loans/lones"]);
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain("cli/unknown-product: ");
});

test("changed SQL counts at once; what is taken in only at the start asks for a restart", async () => {
  await using project = await base.copy();
  await using serving = await serveMesh(["up"], { cwd: project.root });
  const sql = "domains/library-loans/products/loans/product.sql";
  await project.change(sql, "clean.records", "clean.records where id <= 7");
  expect((await project.mesh(["run"])).code).toBe(0);
  expect(await serving.ask(count)).toEqual(counted(7));
  await project.change("domains/library-loans/products/loans/contract.odcs.yaml", "0.1.0", "0.2.0");
  const changed = await project.mesh(["run"]);
  expect(changed.code).toBe(1);
  expect(changed.err).toContain(
    "cli/restart-needed: Since the mesh was started, a source, contract, mapping or descriptor",
  );
  await project.mesh(["new", "domain", "reading-rooms"]);
  const added = await project.mesh(["run", "reading-rooms"]);
  expect(added.code).toBe(1);
  expect(added.err).toContain("cli/restart-needed: Since the mesh was started, the domain reading-rooms was added");
  expect(await serving.ask(count)).toEqual(counted(7));
  expect(await serving.stop()).toBe(0);
  await using again = await serveMesh(["up"], { cwd: project.root });
  expect(await again.ask("{ loans { totalCount } readingRoomsRecords { totalCount } }")).toEqual({
    data: { loans: { totalCount: 7 }, readingRoomsRecords: { totalCount: 500 } },
  });
  // A contract that is being written is its own domain's trouble.
  await project.write("domains/reading-rooms/products/reading-rooms-records/contract.odcs.yaml", "kind: DataContract");
  const broken = await project.mesh(["run", "reading-rooms"]);
  expect(broken.code).toBe(1);
  expect(broken.err).toContain("contract/invalid: ");
  expect((await project.mesh(["run", "library-loans"])).code).toBe(0);
  expect(await again.stop()).toBe(0);
  const alone = await project.mesh(["run", "library-loans"]);
  expect(alone.code).toBe(0);
  expect(alone.err).toContain("left out reading-rooms, which cannot be loaded:\ncontract/invalid: ");
});

test("a run that cannot begin does not keep what is published from being served", async () => {
  await using project = await base.copy();
  await project.write("domains/library-loans/products/loans/product.sql", "selec 1");
  await using serving = await serveMesh(["up", "--run"], { cwd: project.root });
  await untilSaid(serving, "warehouse/sql-syntax: ");
  await untilSaid(serving, "Nothing ran. What was published before is served.");
  expect(await serving.ask(count)).toEqual(counted(500));
});

test("Ctrl-C in mesh run stops what it asked for; the mesh goes on, and the next run waits its turn", async () => {
  await using project = await base.copy();
  await using serving = await serveMesh(["up"], { cwd: project.root });
  const clean = "domains/library-loans/clean/records.sql";
  const sound = await project.read(clean);
  await slowDown(project);
  const slow = observe(start(["run"], { cwd: project.root }));
  await untilRunning(project, "clean/records");
  const waiting = observe(start(["run"], { cwd: project.root }));
  await untilSaid(waiting, "waiting for what this mesh is doing to end");
  await project.write(clean, sound);
  slow.child.kill("SIGINT");
  expect(await slow.ended).toBe(130);
  expect(await waiting.ended).toBe(0);
  expect(waiting.log()).toContain("[3/3] library-loans product/loans: success");
  const runs = await ledger(project);
  expect(runs.filter((run) => run.status === "aborted").map((run) => run.pipeline)).toContain("clean/records");
  expect(await serving.ask(count)).toEqual(counted(500));
});

test("Ctrl-C while a run is under way ends both, and gives the home back", async () => {
  await using project = await base.copy();
  const serving = await serveMesh(["up"], { cwd: project.root });
  await slowDown(project);
  const client = observe(start(["run"], { cwd: project.root }));
  await untilRunning(project, "clean/records");
  expect(await serving.stop()).toBe(0);
  expect(await client.ended).toBe(1);
  expect(client.log()).toMatch(/clean\/records: aborted|cli\/operator-lost/);
  const [last] = (await ledger(project)).filter((run) => run.pipeline === "clean/records");
  expect(last?.status).toBe("aborted");
});

test("who presses Ctrl-C again does not wait for requests in flight; the home can be used again", async () => {
  await using project = await base.copy();
  const serving = await serveMesh(["up"], { cwd: project.root });
  const { hostname, port } = new URL(serving.url);
  const unfinished = connect(Number(port), hostname);
  unfinished.on("error", () => undefined);
  await once(unfinished, "connect");
  unfinished.write("POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n");
  await serving.ask(count);
  const stopped = serving.stop();
  await untilSaid(serving, "stopping: letting requests in flight finish");
  const impatience = setInterval(() => serving.stop(), 50);
  expect(await stopped).toBe(130);
  clearInterval(impatience);
  unfinished.destroy();
  expect((await project.mesh(["run"])).code).toBe(0);
});

test("Ctrl-C in a mesh run of its own ends it with 130 and gives the home back", async () => {
  await using project = await base.copy();
  const clean = "domains/library-loans/clean/records.sql";
  const sound = await project.read(clean);
  await slowDown(project);
  const slow = observe(start(["run"], { cwd: project.root }));
  await untilSaid(slow, "[1/3] library-loans extract/records: success");
  slow.child.kill("SIGINT");
  expect(await slow.ended).toBe(130);
  expect(slow.log()).toContain("stopped. What was published before is still served.");
  await project.write(clean, sound);
  expect((await project.mesh(["run"])).code).toBe(0);
});

test("a mesh whose output nobody reads any more ends and gives the home back", async () => {
  await using project = await base.copy();
  const { child, ended } = observe(start(["up"], { cwd: project.root }));
  child.stdout.destroy();
  expect(await ended).toBe(0);
  expect((await project.mesh(["runs", "--limit", "1"])).code).toBe(0);
});

function observe(child: ReturnType<typeof start>) {
  let log = "";
  child.stderr.on("data", (chunk) => {
    log += String(chunk);
  });
  child.stdout.resume();
  return { child, log: () => log, ended: once(child, "close").then(([code, signal]) => code ?? signal) };
}
