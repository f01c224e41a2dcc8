import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import { openJobClaims } from "./job-claims.ts";
import { JobGaveUp, type JobQueue, type JobRequest } from "./job-queue.ts";
import { queueSchema, readDeadJobs, readQueuedJobs } from "./job-queue-tables.ts";
import { openJobQueue } from "./open-job-queue.ts";
import { openPauses } from "./pauses.ts";
import { openRunLedger } from "./run-ledger.ts";
import { logLimits, openRunLog } from "./run-log.ts";
import { openScheduleMarks } from "./schedule-marks.ts";

const now = Date.UTC(2026, 3, 4);
const clock = () => now;
const options = { concurrency: 2, pollSeconds: 0.5, clock };

function asked(target: string, more: Partial<JobRequest> = {}): JobRequest {
  return { target, trigger: "manual", attempt: 1, ...more };
}

/** The driver's words for a connection that ended under a statement, or just before it. */
function isDropped(message: string): boolean {
  return /terminat|ECONNRESET|EPIPE|not queryable|ended by the other party/i.test(message);
}

/** What every store must do for work that waits. The databases are the caller's, and empty. */
export function suiteJobQueue(name: string, open: () => Promise<ControlPlane>): void {
  describe(name, () => {
    let control: ControlPlane;
    let queue: JobQueue;
    const troubles: string[] = [];
    /** One test drops connections, which all queues share. */
    const onTrouble = (message: string) => {
      if (!isDropped(message)) troubles.push(message);
    };
    const abandoned: JobQueue[] = [];
    beforeAll(async () => {
      control = await open();
      expect(await readQueuedJobs(control)).toEqual([]);
      expect(await readDeadJobs(control)).toEqual([]);
      queue = await openJobQueue(control, { role: "work", onTrouble });
    });
    afterAll(async () => {
      for (const gone of abandoned) await gone[Symbol.asyncDispose]();
      await queue[Symbol.asyncDispose]();
      await control[Symbol.asyncDispose]();
      expect(troubles).toEqual([]);
    });

    /** In no order: the embedded store may have sent two of them at one moment. */
    const targets = async () => (await readQueuedJobs(control)).map(({ request }) => request.target).toSorted();

    /** Works until nothing waits any more. @returns what was done, in the order it began */
    async function workAll(handler: (request: JobRequest) => Promise<void> = async () => undefined) {
      const done: string[] = [];
      await using _ = await queue.work(async (_jobId, request) => {
        done.push(request.target);
        await handler(request);
      }, options);
      await vi.waitFor(async () => expect(await targets()).toEqual([]), { timeout: 300_000, interval: 20 });
      return done;
    }

    test("a target waits once, and is done once", async () => {
      expect(await queue.send(asked("a/x"))).toBeDefined();
      expect(await queue.send(asked("a/x", { trigger: "schedule" }))).toBeUndefined();
      expect(await queue.send(asked("a/y"))).toBeDefined();
      expect(await targets()).toEqual(["a/x", "a/y"]);
      expect((await workAll()).toSorted()).toEqual(["a/x", "a/y"]);
    });

    test("who carries out a job is told since when it was due", async () => {
      await queue.send(asked("a/z"));
      const [sent] = await control.query<{ at: Date }>(`select max(created_on) as at from ${queueSchema}.job`);
      const told: number[] = [];
      await using _ = await queue.work(async (_jobId, _request, dueAt) => void told.push(dueAt), options);
      await vi.waitFor(async () => expect(await targets()).toEqual([]), { timeout: 300_000, interval: 20 });
      expect(told).toEqual([sent?.at.getTime()]);
    });

    test("what is sent while a target runs, runs after it", async () => {
      await queue.send(asked("a/x"));
      let again = 1;
      const handler = async () => {
        if (again-- > 0) expect(await queue.send(asked("a/x"))).toBeDefined();
      };
      expect(await workAll(handler)).toEqual(["a/x", "a/x"]);
    });

    test("jobs of two domains run beside each other", async () => {
      const met = Promise.withResolvers<void>();
      const active = new Set<string>();
      const handler = async ({ target }: JobRequest) => {
        active.add(target);
        if (active.size === 2) met.resolve();
        await met.promise;
      };
      for (const target of ["a/1", "b/1"]) await queue.send(asked(target));
      expect((await workAll(handler)).toSorted()).toEqual(["a/1", "b/1"]);
    });

    test("what is to begin later waits", async () => {
      const startAfter = Date.now() + 3_600_000;
      const jobId = await queue.send(asked("late/x", { attempt: 2 }), { startAfter });
      await queue.send(asked("soon/x"));
      await using _ = await queue.work(async () => undefined, options);
      const waiting = { jobId, request: asked("late/x", { attempt: 2 }), state: "waiting", startAfter };
      await vi.waitFor(async () => expect(await readQueuedJobs(control)).toEqual([waiting]), { timeout: 300_000 });
      await queue.remove(jobId ?? "");
      expect(await targets()).toEqual([]);
    });

    test("what is given up is kept once with its reason, is sent again or forgotten", async () => {
      const giveUp = async () => {
        throw new JobGaveUp("the file is not there");
      };
      for (const target of ["dead/x", "dead/x", "dead/y"]) {
        await queue.send(asked(target, { attempt: 5, retryOf: "some-run" }));
        await workAll(giveUp);
      }
      const dead = await readDeadJobs(control);
      expect(dead.map(({ request, reason }) => [request.target, request.attempt, reason]).toSorted()).toEqual([
        ["dead/x", 5, "the file is not there"],
        ["dead/y", 5, "the file is not there"],
      ]);
      await queue.forget("dead/y");
      expect(await queue.revive("dead/y")).toBe(false);
      expect(await queue.revive("dead/x")).toBe(true);
      expect(await readDeadJobs(control)).toEqual([]);
      expect((await readQueuedJobs(control)).map(({ request }) => request)).toEqual([asked("dead/x")]);
      expect(await workAll()).toEqual(["dead/x"]);
    });

    /** A worker that takes what waits and is never heard of again. @returns the job it took */
    async function leave(workerId: number, target: string): Promise<string> {
      const gone = await openJobQueue({ ...control, workerId }, { role: "work", onTrouble });
      // Only at the end: closing would settle what it has taken.
      abandoned.push(gone);
      const taken = Promise.withResolvers<string>();
      const work = async (jobId: string) => {
        taken.resolve(jobId);
        await new Promise(() => undefined);
      };
      await gone.work(work, { ...options, concurrency: 1 });
      await queue.send(asked(target));
      return taken.promise;
    }

    test("the claims of a worker that is gone are taken over, once, together with what is done about them", async () => {
      const claims = openJobClaims(control, clock);
      const left = await leave(7, "left/x");
      const mine = await leave(control.workerId, "mine/x");
      expect(await claims.absentWorkers()).toEqual([7]);
      const broken = claims.takeOver([7], async (_claim, handle) => {
        await queue.send(asked("left/y"), { handle });
        throw new Error("cut off");
      });
      await expect(broken).rejects.toThrow("cut off");
      expect(await targets()).toEqual(["left/x", "mine/x"]);
      expect(await claims.takeOver([8, control.workerId], async () => expect.fail("not theirs"))).toEqual([]);
      const taken = await claims.takeOver([7, control.workerId], async ({ jobId, request }, handle) => {
        await queue.remove(jobId, { handle });
        await queue.send({ ...request, attempt: 2 }, { handle });
      });
      expect(taken).toEqual([{ jobId: left, request: asked("left/x") }]);
      expect(await claims.takeOver([7], async () => expect.fail("twice"))).toEqual([]);
      await claims.release(mine);
      await queue.remove(mine);
      expect(await workAll()).toEqual(["left/x"]);
    });

    test("a job is settled and its claim gone in one moment: whoever looks never sees it as nobody's", async () => {
      const claims = openJobClaims(control, clock);
      await queue.send(asked("a/x"));
      const ownerless: JobRequest[] = [];
      let [begun, ended] = [false, false];
      const look = (async () => {
        for (; !ended; await setImmediate()) {
          // As it was when the question was asked: by the answer the job may have begun.
          const hadBegun = begun;
          const unclaimed = await claims.unclaimed();
          if (hadBegun) ownerless.push(...unclaimed.map(({ request }) => request));
        }
      })();
      const handler = async () => {
        begun = true;
      };
      await workAll(handler);
      ended = true;
      await look;
      expect(ownerless).toEqual([]);
      expect(await control.query("select * from mesh.claims")).toEqual([]);
    });

    test("of one who begins a job and one who takes it for lost, only one has it", async () => {
      const claims = openJobClaims(control, clock);
      const jobId = await leave(7, "late/x");
      const claim = { jobId, request: asked("late/x") };
      expect(await claims.takeUnclaimed(claim, async () => expect.fail("it has begun"))).toBe(false);
      await claims.release(jobId);
      expect(await claims.unclaimed()).toEqual([claim]);
      const sendAgain = async (handle: Parameters<Parameters<typeof claims.takeUnclaimed>[1]>[1]) => {
        await queue.remove(jobId, { handle });
        await queue.send(asked("late/x"), { handle });
      };
      const [begun, taken] = await Promise.all([
        openJobClaims({ ...control, workerId: 7 }, clock).claim(claim),
        claims.takeUnclaimed(claim, (_claim, handle) => sendAgain(handle)),
      ]);
      expect([begun, taken].toSorted()).toEqual([false, true]);
      if (begun) await claims.takeOver([7], (_claim, handle) => sendAgain(handle));
      expect(await claims.claim(claim)).toBe(false);
      expect(await workAll()).toEqual(["late/x"]);
    });

    test("the end of a job that cannot be recorded is told as soon as it can be", async () => {
      const rename = (from: string, to: string) => control.execute(`alter table mesh.${from} rename to ${to}`);
      const told: string[] = [];
      const onTrouble = (message: string) => {
        told.push(message);
        if (told.length === 1) void rename("claims_away", "claims");
      };
      await using hampered = await openJobQueue(control, { role: "work", onTrouble });
      await queue.send(asked("a/x"));
      let times = 0;
      await using _ = await hampered.work(async () => {
        times++;
        await rename("claims", "claims_away");
      }, options);
      await vi.waitFor(async () => expect(await targets()).toEqual([]), { timeout: 300_000, interval: 20 });
      expect(times).toBe(1);
      // As often as it was tried before the table was back.
      const cannotYet = expect.stringMatching(/^the end of a job cannot be recorded yet: .*mesh\.claims/);
      expect(told).toEqual([cannotYet, ...told.slice(1).map(() => cannotYet)]);
      expect(await control.query("select * from mesh.claims")).toEqual([]);
    });

    test("a server that goes away when a job begins, or under it, buries nothing: the job is done, as it was", async () => {
      if (control.kind === "embedded") return;
      const drop = () => control.query("select pg_terminate_backend(pg_backend_pid())");
      let drops = 0;
      const dropping: ControlPlane = {
        ...control,
        transaction: async (work) => {
          if (drops++ === 0) await drop();
          return control.transaction(work);
        },
      };
      const told: string[] = [];
      await using queueThere = await openJobQueue(dropping, { role: "work", onTrouble: (line) => told.push(line) });
      drops = 0;
      const begun: JobRequest[] = [];
      await queue.send(asked("a/x", { attempt: 2 }));
      await using _ = await queueThere.work(async (_jobId, request) => {
        begun.push(request);
        if (begun.length === 1) await drop();
      }, options);
      await vi.waitFor(async () => expect(await targets()).toEqual([]), { timeout: 300_000, interval: 20 });
      expect(drops).toBeGreaterThan(1);
      expect(begun).toEqual(Array.from({ length: 2 }, () => asked("a/x", { attempt: 2 })));
      expect(await readDeadJobs(control)).toEqual([]);
      expect(await control.query("select * from mesh.claims")).toEqual([]);
      expect(told).toContainEqual(
        expect.stringMatching(/^a job is sent again, for the control plane went away under it/),
      );
    });

    test("what comes due while a target or its domain is paused is held, and given back once", async () => {
      const pauses = openPauses(control, () => now);
      expect(await pauses.pause("a")).toBe(true);
      expect(await pauses.pause("a")).toBe(false);
      await pauses.pause("a/x");
      expect(await pauses.list()).toEqual([
        { target: "a", since: now },
        { target: "a/x", since: now },
      ]);
      for (const target of ["b", "ab/x"]) expect(await pauses.holdIfPaused(asked(target))).toBe(false);
      for (const request of [asked("a/x"), asked("a/x", { attempt: 2 }), asked("a/y")])
        expect(await pauses.holdIfPaused(request)).toBe(true);
      const send = (request: JobRequest, handle: ControlHandle) => queue.send(request, { handle });
      await expect(pauses.resume("a", () => Promise.reject(new Error("cut off")))).rejects.toThrow("cut off");
      expect(await pauses.resume("a", send)).toEqual([asked("a/y")]);
      expect(await pauses.holdIfPaused(asked("a/y"))).toBe(false);
      expect(await pauses.resume("a/x", send)).toEqual([asked("a/x", { attempt: 2 })]);
      expect(await pauses.resume("a/x", send)).toBeUndefined();
      expect((await workAll()).toSorted()).toEqual(["a/x", "a/y"]);
    });

    test("a schedule's mark is moved by one of two that look at the same moment", async () => {
      const marks = openScheduleMarks(control);
      expect(await marks.firedUntil("a/x", now)).toBe(now);
      expect(await marks.firedUntil("a/x", now + 5)).toBe(now);
      expect(await marks.advance("a/x", now, now + 10)).toBe(true);
      expect(await marks.advance("a/x", now, now + 11)).toBe(false);
      expect(await marks.firedUntil("a/x", now + 20)).toBe(now + 10);
    });

    test("a run's log keeps its order, has no secrets, and is bounded", async () => {
      const ledger = openRunLedger(control, () => now);
      const { runId } = await ledger.start({
        domain: "log",
        product: null,
        pipeline: "domain",
        trigger: "manual",
        codeVersion: "1",
      });
      const log = openRunLog(control, () => now);
      const told = [
        ["reads postgres://reader:hunter2@db/x", "reads postgres://reader:***@db/x"],
        ["Authorization: Bearer abcdefgh12345", "Authorization: Bearer ***"],
        ['api_key="k-123", next', "api_key=***, next"],
        ["token eyJhbGciOiJI.eyJzdWIi.c2lnbmF0dXJl end", "token *** end"],
        ["x".repeat(5000), `${"x".repeat(logLimits.characters - 1)}…`],
        ["a\u0007 bell\nline", "a bell\nline"],
      ] as const;
      await log.write(runId, []);
      await log.write(
        runId,
        told.map(([message]) => ({ level: "info", message })),
      );
      expect((await log.read(runId)).map(({ message }) => message)).toEqual(told.map(([, kept]) => kept));
      const more = Array.from({ length: logLimits.lines }, (_, line) => `${line + told.length}`);
      await log.write(runId, [{ level: "warning", message: more[0] ?? "" }]);
      await log.write(
        runId,
        more.slice(1).map((message) => ({ level: "warning", message })),
      );
      const lines = await log.read(runId);
      expect(lines).toHaveLength(logLimits.lines);
      expect(lines.at(-1)).toEqual({ at: now, level: "warning", message: `${logLimits.lines - 1}` });
    });

    test("a script's rows are all returned, and one that fails inside its own transaction leaves none behind", async () => {
      expect(await control.execute("select 1 as a; select 2 as a, 3 as b;")).toEqual([{ a: 1 }, { a: 2, b: 3 }]);
      await expect(control.execute("begin; select 1/0; commit;")).rejects.toThrow("division by zero");
      expect(await control.query("select 1 as a where $1::int = 1", [1])).toEqual([{ a: 1 }]);
    });
  });
}
