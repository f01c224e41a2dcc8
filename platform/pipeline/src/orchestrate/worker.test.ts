import { openJobClaims } from "@thoth/control/job-claims";
import type { JobQueue, JobRequest } from "@thoth/control/job-queue";
import { queueSchema, readDeadJobs, readQueuedJobs } from "@thoth/control/job-queue-tables";
import type { ControlPlane } from "@thoth/control/open-control";
import { openJobQueue } from "@thoth/control/open-job-queue";
import { openPauses } from "@thoth/control/pauses";
import type { Run } from "@thoth/control/run";
import { openRunLog } from "@thoth/control/run-log";
import { startPostgres } from "@thoth/testing/postgres";
import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { holdDomains } from "../domain-hold.ts";
import { runMesh } from "../run-mesh.ts";
import { fireSchedules } from "./fire-schedules.ts";
import { followPublishes } from "./follow-publishes.ts";
import { TakeOver } from "./take-over.ts";
import { openWorker, type WorkerEvent } from "./worker.ts";

function farm(more: Partial<TestDomain> = {}): TestDomain {
  return {
    name: "farm",
    streams: { eggs: { columns: { id: "INTEGER" } } },
    clean: { eggs: "select id from raw.eggs" },
    products: { eggs: { sql: "select id from clean.eggs", key: ["id"], columns: { id: "integer" } } },
    schedule: { cron: "0 4 * * *", timeZone: "Australia/Melbourne", attempts: 3 },
    ...more,
  };
}

const market: TestDomain = {
  name: "market",
  products: {
    stall: {
      sql: "select id from farm.product.eggs",
      key: ["id"],
      columns: { id: "integer" },
      inputPorts: ["farm/eggs"],
      schedule: { onPublish: ["farm/eggs"] },
    },
  },
};

const fair: TestDomain = {
  name: "fair",
  products: {
    prize: {
      sql: "select max(id) as id from market.product.stall",
      key: ["id"],
      columns: { id: "integer" },
      inputPorts: ["market/stall"],
      schedule: { onPublish: ["market/stall"] },
    },
  },
};

const settings = { concurrency: 2, firstDelayMs: 1, pollSeconds: 0.5, lookEveryMs: 60_000 };

interface Worked {
  readonly events: readonly WorkerEvent[];
  /** Ledger rows by `<domain>/<pipeline>`, the newest of each. */
  readonly runs: ReadonlyMap<string, Run>;
}

function told(events: readonly WorkerEvent[], kind: WorkerEvent["kind"]): string[] {
  return events.flatMap((event) =>
    event.kind === kind && event.kind !== "trouble" ? [`${event.request.target} ${event.request.attempt}`] : [],
  );
}

const asked = (target: string): JobRequest => ({ target, trigger: "manual", attempt: 1 });
describe.each([
  ["PGlite", false],
  ["Postgres", true],
])("with its control plane on %s", (_name, onPostgres) => {
  let world: TestMesh;
  let queue: JobQueue;
  const resources = new AsyncDisposableStack();
  const abandoned: JobQueue[] = [];
  const unexpected: string[] = [];
  /** One test drops connections, which all queues share. */
  const onTrouble = (message: string) => {
    if (!/terminat|ECONNRESET|EPIPE|not queryable|ended by the other party/i.test(message)) unexpected.push(message);
  };

  beforeAll(async () => {
    const server = onPostgres ? resources.use(await startPostgres()) : undefined;
    const controlUrl = await server?.createDatabase("work");
    world = resources.use(await openTestMesh([farm(), market, fair], { controlUrl }));
    queue = await openJobQueue(world.mesh.control, { role: "work", onTrouble });
  });

  afterAll(async () => {
    for (const gone of abandoned) await gone[Symbol.asyncDispose]();
    await queue[Symbol.asyncDispose]();
    await resources.disposeAsync();
  });

  afterEach(async () => {
    expect(unexpected.splice(0)).toEqual([]);
    expect(await readQueuedJobs(world.mesh.control)).toEqual([]);
  });

  /** Works until nothing waits any more. */
  async function work(): Promise<Worked> {
    const events: WorkerEvent[] = [];
    const { mesh } = world;
    const since = mesh.clock();
    const options = { mesh: { ...mesh, log: openRunLog(mesh.control, mesh.clock) }, queue, settings };
    await using _ = await openWorker({
      ...options,
      domains: async () => world.mesh.domains,
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
    });
    await vi.waitFor(async () => expect(await readQueuedJobs(mesh.control)).toEqual([]), {
      timeout: 300_000,
      interval: 30,
    });
    const rows = (await mesh.ledger.list({ since, limit: 1000 })).reverse();
    return { events, runs: new Map(rows.map((run) => [`${run.domain}/${run.pipeline}`, run])) };
  }

  let eggs = 0;
  const layEgg = () => world.source("eggs.csv", `id\n${Array.from({ length: ++eggs }, (_, id) => `${id}\n`).join("")}`);

  test("what a product is read by runs after its publish, each once, with the publish as its parent", async () => {
    await layEgg();
    await queue.send({ ...asked("farm"), trigger: "schedule" });
    const { runs } = await work();
    const publish = runs.get("farm/product/eggs");
    expect(runs.get("farm/domain")).toMatchObject({ status: "success", trigger: "schedule", parentRunId: null });
    const parents = { "market/domain": publish?.runId, "fair/domain": runs.get("market/product/stall")?.runId };
    for (const [domain, parentRunId] of Object.entries(parents))
      expect(runs.get(domain)).toMatchObject({ status: "success", trigger: "event", attempt: 1, parentRunId });
    expect(await world.rows("fair/prize")).toEqual([{ id: 0 }]);
    const log = await openRunLog(world.mesh.control, world.mesh.clock).read(
      runs.get("market/product/stall")?.runId ?? "",
    );
    expect(log.map(({ message }) => message)).toEqual([
      `reads farm/eggs at snapshot ${publish?.snapshotId}`,
      "rows: 1 read, 1 inserted, 0 updated, 0 deleted, 0 rejected",
      expect.stringMatching(/^checks: \d+ passed, 0 warned, 0 failed$/),
      expect.stringMatching(/^serves snapshot .*, 1 rows$/),
    ]);
  });

  test("a publish that nobody lived to tell of is followed by whoever looks next, once", async () => {
    await layEgg();
    const { mesh } = world;
    const killed = await runMesh(mesh, { only: "farm", trigger: "manual", signal: new AbortController().signal });
    const publish = killed.find(({ product }) => product === "eggs");
    const { runs } = await work();
    expect(runs.has("farm/domain")).toBe(false);
    expect(runs.get("market/domain")).toMatchObject({
      status: "success",
      trigger: "event",
      parentRunId: publish?.runId,
    });
    expect(await world.rows("fair/prize")).toEqual([{ id: eggs - 1 }]);
    expect([...(await work()).runs.keys()]).toEqual([]);
  });

  test("a publish is followed although what follows it had begun before, was under way when it was looked at, and was stopped", async () => {
    await layEgg();
    const { mesh } = world;
    const { signal } = new AbortController();
    await runMesh(mesh, { only: "farm", trigger: "manual", signal });
    const { runId } = await mesh.ledger.start({
      domain: "market",
      product: "stall",
      pipeline: "product/stall",
      trigger: "manual",
      codeVersion: "1",
    });
    const sent: string[] = [];
    const send = async ({ target }: JobRequest) => {
      sent.push(target);
      return undefined;
    };
    const look = () => followPublishes(mesh, async () => ({ send }));
    await look();
    expect(sent).toEqual([]);
    await mesh.ledger.finish(runId, { status: "aborted" });
    await look();
    expect(sent).toEqual(["market/stall"]);
    await runMesh(mesh, { only: "market", trigger: "manual", signal });
    await work();
  });

  test("what a run has brought up to date itself is not sent for, nor what ran behind the publish", async () => {
    await layEgg();
    const { mesh } = world;
    const { signal } = new AbortController();
    for (const only of ["farm", "market"]) await runMesh(mesh, { only, trigger: "manual", signal });
    const { runs } = await work();
    expect([...runs.keys()].toSorted()).toEqual(["fair/domain", "fair/product/prize"]);
  });

  test("what was found unchanged leads to nothing", async () => {
    await queue.send(asked("farm"));
    const { events } = await work();
    expect(told(events, "ended")).toEqual(["farm 1"]);
  });

  test("the clock sends each target once, however often it came due, and nothing before it was known", async () => {
    expect(await fireSchedules(world.mesh, queue)).toEqual([]);
    world.advance(3 * 86_400_000);
    expect(await fireSchedules(world.mesh, queue)).toEqual(["farm"]);
    expect(await fireSchedules(world.mesh, queue)).toEqual([]);
    const { runs } = await work();
    expect(runs.get("farm/domain")).toMatchObject({ status: "success", trigger: "schedule" });
  });

  test("a source that is gone is tried again, then given up; every attempt is on the ledger with the first to blame", async () => {
    await world.source("eggs.csv", undefined);
    await queue.send(asked("farm"));
    const { events } = await work();
    expect(told(events, "ended")).toEqual(["farm 1", "farm 2", "farm 3"]);
    expect(told(events, "gave-up")).toEqual(["farm 3"]);
    const attempts = await world.mesh.ledger.list({ domain: "farm", pipeline: "extract/eggs", limit: 3 });
    const [third, second, first] = attempts;
    expect(attempts.map(({ attempt, status, failureClass }) => [attempt, status, failureClass])).toEqual([
      [3, "failed", "source"],
      [2, "failed", "source"],
      [1, "failed", "source"],
    ]);
    expect([first?.rootCauseRunId, second?.rootCauseRunId, third?.rootCauseRunId]).toEqual([
      null,
      first?.runId,
      first?.runId,
    ]);
    const [product] = await world.mesh.ledger.list({ domain: "farm", product: "eggs", limit: 1 });
    expect(product).toMatchObject({ status: "skipped", attempt: 3, rootCauseRunId: first?.runId });
    const [dead] = await readDeadJobs(world.mesh.control);
    expect(dead).toMatchObject({
      request: { target: "farm", attempt: 3 },
      reason: `all 3 attempts failed (run ${third?.parentRunId})`,
    });
    await layEgg();
    expect(await queue.revive("farm")).toBe(true);
    expect((await work()).runs.get("farm/domain")).toMatchObject({ status: "success", attempt: 1 });
    expect(await readDeadJobs(world.mesh.control)).toEqual([]);
  });

  test("a broken promise is not tried again, and is forgotten when the product is good again", async () => {
    const product = { key: ["id"], columns: { id: "integer" } };
    await world.define([
      farm({ products: { eggs: { ...product, sql: "select id from clean.eggs union all select 0" } } }),
      market,
      fair,
    ]);
    await queue.send(asked("farm/eggs"));
    const { events, runs } = await work();
    expect(told(events, "ended")).toEqual(["farm/eggs 1"]);
    expect(runs.get("farm/product/eggs")).toMatchObject({ status: "failed", failureClass: "quality" });
    expect((await readDeadJobs(world.mesh.control)).map(({ reason }) => reason)).toEqual([
      expect.stringContaining("a quality failure does not pass by itself"),
    ]);
    await world.define([farm(), market, fair]);
    await queue.send(asked("farm"));
    await work();
    expect(await readDeadJobs(world.mesh.control)).toEqual([]);
  });

  test("a run that takes too long fails as a timeout and is interrupted", async () => {
    const hours = "select max(hash(a, b))::integer as id from range(10000000) x(a), range(10000000) y(b)";
    await layEgg();
    await world.define([
      farm({ clean: { eggs: hours }, schedule: { timeoutMinutes: 0.01, attempts: 2 } }),
      market,
      fair,
    ]);
    await queue.send(asked("farm"));
    const { events, runs } = await work();
    expect(told(events, "ended")).toEqual(["farm 1", "farm 2"]);
    // Whichever step it is in by then: on a busy machine not yet the one that takes hours, or none at all.
    const failed = [...runs.values()].filter(({ status }) => status === "failed");
    expect(new Set(failed.map(({ failureClass }) => failureClass))).toEqual(new Set(["timeout"]));
    expect(runs.get("farm/domain")).toMatchObject({ failureClass: "timeout", attempt: 2 });
    await queue.forget("farm");
    await world.define([farm(), market, fair]);
  });

  test("what is paused is held, with its newest request, and runs when it is resumed; people may still run it", async () => {
    const pauses = openPauses(world.mesh.control, world.mesh.clock);
    await pauses.pause("market");
    await layEgg();
    await queue.send(asked("farm"));
    const { events } = await work();
    expect(told(events, "held")).toEqual(["market/stall 1"]);
    expect(told(events, "ended")).toEqual(["farm 1"]);
    await queue.send(asked("market/stall"));
    expect(told((await work()).events, "ended")).toContain("market/stall 1");
    await pauses.resume("market", (request, handle) => queue.send(request, { handle }));
    const { runs } = await work();
    expect(runs.get("market/domain")).toMatchObject({ trigger: "event", status: "success" });
  });

  test("a run waits for another one of its domain, whoever began it", async () => {
    const { signal } = new AbortController();
    const hold = await holdDomains(world.mesh, ["farm"], { signal });
    const waited = Promise.withResolvers<string>();
    const running = world.run({ only: "farm", onWait: waited.resolve });
    expect(await waited.promise).toBe("farm");
    expect((await world.mesh.ledger.list({ status: "running" })).map((run) => run.domain)).toEqual([]);
    await hold[Symbol.asyncDispose]();
    expect((await running).get("farm/domain")?.status).toBe("success");
  });

  test("a product whose input was never published names the run that should have published it", async () => {
    const orchard = (file: string): TestDomain => ({
      name: "orchard",
      streams: { apples: { columns: { id: "INTEGER" } } },
      clean: { apples: "select id from raw.apples" },
      products: { [file]: { sql: "select id from clean.apples", key: ["id"], columns: { id: "integer" } } },
    });
    const juice: TestDomain = {
      name: "juice",
      products: {
        bottle: {
          sql: "select id from orchard.product.apples",
          key: ["id"],
          columns: { id: "integer" },
          inputPorts: ["orchard/apples"],
        },
      },
    };
    await world.define([orchard("apples"), juice]);
    const first = await world.run({ only: "orchard" });
    const second = await world.run({ only: "juice" });
    expect(second.get("juice/product/bottle")).toMatchObject({
      status: "failed",
      rootCauseRunId: first.get("orchard/extract/apples")?.runId,
    });
    await world.define([farm(), market, fair]);
  });

  test("what runs when its worker is stopped ends as aborted and waits for the next worker, as the same attempt", async () => {
    const stop = new AbortController();
    await layEgg();
    await queue.send(asked("farm"));
    const started = Promise.withResolvers<void>();
    const hold = await holdDomains(world.mesh, ["farm"], { signal: stop.signal });
    const worker = await openWorker({
      mesh: world.mesh,
      queue,
      settings,
      domains: async () => world.mesh.domains,
      signal: stop.signal,
      onEvent: ({ kind }) => kind === "started" && started.resolve(),
    });
    await started.promise;
    stop.abort(new DOMException("stopped by SIGTERM", "AbortError"));
    await worker[Symbol.asyncDispose]();
    await hold[Symbol.asyncDispose]();
    expect((await readQueuedJobs(world.mesh.control)).map(({ request }) => request)).toEqual([asked("farm")]);
    expect((await world.mesh.ledger.list({ domain: "farm", limit: 1 }))[0]).toMatchObject({ status: "aborted" });
    expect(told((await work()).events, "ended")).toContain("farm 1");
  });

  /** A worker that takes what waits and is never heard of again. @returns the job it took */
  async function leave(request: JobRequest): Promise<string> {
    const { control, clock } = world.mesh;
    const gone = await openJobQueue({ ...control, workerId: 7 }, { role: "work", onTrouble });
    // Only at the end: closing would settle what it has taken.
    abandoned.push(gone);
    const taken = Promise.withResolvers<string>();
    await queue.send(request);
    const work = async (jobId: string) => {
      taken.resolve(jobId);
      await new Promise(() => undefined);
    };
    void (await gone.work(work, { concurrency: 1, pollSeconds: 0.5, clock }));
    return taken.promise;
  }

  test("a job that a worker took and died before it said so is begun by another, after two looks", async () => {
    const { control, clock } = world.mesh;
    const jobId = await leave(asked("farm"));
    await openJobClaims(control, clock).release(jobId);
    const takeOver = new TakeOver(world.mesh, queue, () => ({ attempts: 2, firstDelayMs: 1 }));
    expect(await takeOver.look()).toEqual([]);
    expect(await takeOver.look()).toEqual([asked("farm")]);
    const [waiting] = await readQueuedJobs(control);
    expect(waiting).toMatchObject({ request: asked("farm"), state: "waiting" });
    expect(waiting?.jobId).not.toBe(jobId);
    await queue.remove(waiting?.jobId ?? "");
  });

  test("a worker that says late that it has begun finds its job sent again, and leaves it", async () => {
    const { control, clock } = world.mesh;
    const takeOver = new TakeOver(world.mesh, queue, () => ({ attempts: 2, firstDelayMs: 1 }));
    const jobId = await leave(asked("farm"));
    const claims = openJobClaims(control, clock);
    await claims.release(jobId);
    await takeOver.look();
    await takeOver.look();
    expect(await claims.claim({ jobId, request: asked("farm") })).toBe(false);
    expect(told((await work()).events, "ended")).toEqual(["farm 1"]);
  });

  test("what a dead worker ran for the last time is given up", async () => {
    const { control } = world.mesh;
    await leave({ ...asked("farm"), attempt: 2 });
    const takeOver = new TakeOver(world.mesh, queue, () => ({ attempts: 2, firstDelayMs: 1 }));
    await takeOver.look();
    if (onPostgres) {
      // A server may only have dropped the worker's connection, however often one looks meanwhile.
      expect(await takeOver.look()).toEqual([]);
      expect(await readDeadJobs(control)).toEqual([]);
      world.advance(control.presence.graceMs);
      await takeOver.look();
    }
    expect(await readQueuedJobs(control)).toEqual([]);
    expect(await readDeadJobs(control)).toMatchObject([
      { request: { target: "farm" }, reason: "all 2 attempts failed; the last one ended with its worker" },
    ]);
    await queue.forget("farm");
  });

  test("a server that drops the connection at any statement costs a job nothing", async () => {
    if (!onPostgres) return;
    const { control } = world.mesh;
    let begun = false;
    const seen = new Set<string>();
    /** The first time that something is asked for. */
    const drop = async (what: string) => {
      if (!begun || seen.has(what)) return;
      seen.add(what);
      await control.query("select pg_terminate_backend(pg_backend_pid())");
    };
    const dropping: ControlPlane = {
      ...control,
      query: async (sql, params) => {
        await drop(sql);
        return control.query(sql, params);
      },
      transaction: async (work) => {
        await drop(`transaction ${work}`);
        return control.transaction(work);
      },
    };
    const [events, troubles]: [WorkerEvent[], string[]] = [[], []];
    await using own = await openJobQueue(dropping, { role: "work", onTrouble: (line) => troubles.push(line) });
    await layEgg();
    await queue.send({ ...asked("farm"), trigger: "schedule" });
    begun = true;
    await using _ = await openWorker({
      mesh: { ...world.mesh, control: dropping },
      queue: own,
      settings,
      domains: async () => world.mesh.domains,
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
    });
    await vi.waitFor(async () => expect(told(events, "ended")).toContain("fair/prize 1"), {
      timeout: 300_000,
      interval: 30,
    });
    await vi.waitFor(async () => expect(await readQueuedJobs(control)).toEqual([]), { timeout: 300_000, interval: 30 });
    expect(told(events, "ended")).toEqual(["farm 1", "market/stall 1", "fair/prize 1"]);
    expect(await readDeadJobs(control)).toEqual([]);
    expect(
      [...seen].filter((sql) => /held_requests|publish_marks|from mesh\.claims|mesh_jobs\.job/.test(sql)).length,
    ).toBeGreaterThan(3);
    expect(troubles.filter((line) => line.startsWith("a job is sent again"))).toEqual([]);
  });

  test("what a target cannot begin with is on the ledger, too", async () => {
    await queue.send(asked("farm/nothing"));
    const { runs } = await work();
    expect(runs.get("farm/domain")).toMatchObject({
      product: "nothing",
      status: "failed",
      failureStep: "plan",
      failureMessage: expect.stringContaining("pipeline/unknown-target"),
    });
    await queue.forget("farm/nothing");
  });

  test("a run is queued when it was sent, its jobs when they begin, and one that nobody sent when it begins", async () => {
    // The database has the time of day; that of the mesh is behind it by then.
    world.advance(Math.max(0, Date.now() - world.mesh.clock()) + 86_400_000);
    await queue.send(asked("fair"));
    const [sent] = await world.mesh.control.query<{ at: Date }>(
      `select created_on as at from ${queueSchema}.job where state = 'created'`,
    );
    const { runs } = await work();
    const [parent, child] = [runs.get("fair/domain"), runs.get("fair/product/prize")];
    expect(parent?.queuedAt).toBe(sent?.at.getTime());
    expect((parent?.startedAt ?? 0) - (parent?.queuedAt ?? 0)).toBeGreaterThan(0);
    expect(child?.queuedAt).toBe(child?.startedAt);
    const manual = (await world.run({ only: "fair" })).get("fair/domain");
    expect(manual?.queuedAt).toBe(manual?.startedAt);
  });
});
