import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { openDomainLocks } from "./domain-locks.ts";
import { openJobClaims } from "./job-claims.ts";
import { JobGaveUp, type JobQueue, type JobRequest } from "./job-queue.ts";
import { readDeadJobs, readQueuedJobs } from "./job-queue-tables.ts";
import { openJobQueue } from "./open-job-queue.ts";
import { openPauses } from "./pauses.ts";
import { openRunLedger } from "./run-ledger.ts";
import { logLimits, openRunLog } from "./run-log.ts";
import { openScheduleMarks } from "./schedule-marks.ts";

const now = Date.UTC(2026, 3, 4);
const options = { concurrency: 2, pollSeconds: 0.5 };

function asked(target: string, more: Partial<JobRequest> = {}): JobRequest {
  return { target, trigger: "manual", attempt: 1, ...more };
}

/** What every store must do for work that waits. The databases are the caller's, and empty. */
export function suiteJobQueue(name: string, open: () => Promise<ControlPlane>): void {
  describe(name, () => {
    let control: ControlPlane;
    let queue: JobQueue;
    const troubles: string[] = [];
    beforeAll(async () => {
      control = await open();
      expect(await readQueuedJobs(control)).toEqual([]);
      expect(await readDeadJobs(control)).toEqual([]);
      queue = await openJobQueue(control, { role: "work", onTrouble: (message) => troubles.push(message) });
    });
    afterAll(async () => {
      await queue[Symbol.asyncDispose]();
      await control[Symbol.asyncDispose]();
      expect(troubles).toEqual([]);
    });

    const targets = async () => (await readQueuedJobs(control)).map(({ request }) => request.target);

    /** Works until nothing waits any more. @returns what was done, in the order it began */
    async function workAll(handler: (request: JobRequest) => Promise<void> = async () => undefined) {
      const done: string[] = [];
      await using _ = await queue.work(async (_jobId, request) => {
        done.push(request.target);
        await handler(request);
      }, options);
      await vi.waitFor(async () => expect(await targets()).toEqual([]), { timeout: 10_000, interval: 20 });
      return done;
    }

    test("a target waits once, and is done once", async () => {
      expect(await queue.send(asked("a/x"))).toBeDefined();
      expect(await queue.send(asked("a/x", { trigger: "schedule" }))).toBeUndefined();
      expect(await queue.send(asked("a/y"))).toBeDefined();
      expect(await targets()).toEqual(["a/x", "a/y"]);
      expect(await workAll()).toEqual(["a/x", "a/y"]);
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
      await vi.waitFor(async () => expect(await readQueuedJobs(control)).toEqual([waiting]), { timeout: 10_000 });
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

    test("the claims of a worker that is gone are taken over, once, together with what is done about them", async () => {
      const claims = openJobClaims(control, () => now);
      const gone = openJobClaims({ ...control, workerId: 7 }, () => now);
      const own = await queue.send(asked("mine/x"));
      const left = await queue.send(asked("left/x"));
      await claims.claim({ jobId: own ?? "", request: asked("mine/x") });
      await gone.claim({ jobId: left ?? "", request: asked("left/x") });
      expect(await claims.absentWorkers()).toEqual([7]);
      const broken = claims.takeOver([7], async (_claim, handle) => {
        await queue.send(asked("left/y"), { handle });
        throw new Error("cut off");
      });
      await expect(broken).rejects.toThrow("cut off");
      expect(await targets()).toEqual(["mine/x", "left/x"]);
      expect(await claims.takeOver([8, control.workerId], async () => expect.fail("not theirs"))).toEqual([]);
      const taken = await claims.takeOver([7, control.workerId], async ({ jobId, request }, handle) => {
        await queue.remove(jobId, { handle });
        await queue.send({ ...request, attempt: 2 }, { handle });
      });
      expect(taken).toEqual([{ jobId: left, request: asked("left/x") }]);
      expect(await claims.takeOver([7], async () => expect.fail("twice"))).toEqual([]);
      expect(await claims.claimedJobs()).toEqual(new Set([own]));
      await claims.release(own ?? "");
      expect(await workAll()).toEqual(["mine/x", "left/x"]);
    });

    test("a domain is locked by one run, until it is freed or its worker is gone", async () => {
      const locks = openDomainLocks(control, () => now);
      expect(await locks.take("a", "run 1")).toBe(true);
      expect(await locks.take("a", "run 2")).toBe(false);
      expect(await openDomainLocks({ ...control, workerId: 7 }, () => now).take("b", "run 3")).toBe(true);
      expect(await locks.held()).toEqual(["a"]);
      expect(await locks.take("b", "run 2")).toBe(true);
      await locks.free("a", "run 2");
      expect(await locks.take("a", "run 2")).toBe(false);
      for (const [domain, holder] of [
        ["a", "run 1"],
        ["b", "run 2"],
      ] as const)
        await locks.free(domain, holder);
      expect(await locks.held()).toEqual([]);
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
      expect(await Promise.all(["a", "a/x", "a/y", "b", "ab/x"].map(pauses.isPaused))).toEqual([
        true,
        true,
        true,
        false,
        false,
      ]);
      for (const request of [asked("a/x"), asked("a/x", { attempt: 2 }), asked("a/y")]) await pauses.hold(request);
      expect(await pauses.resume("a")).toEqual([asked("a/y")]);
      expect(await pauses.resume("a/x")).toEqual([asked("a/x", { attempt: 2 })]);
      expect(await pauses.resume("a/x")).toBeUndefined();
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
