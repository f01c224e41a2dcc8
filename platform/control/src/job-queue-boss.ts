import { setTimeout as wait } from "node:timers/promises";
import { type Db, type JobWithMetadata, PgBoss } from "pg-boss";
import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import { type JobClaim, type JobClaims, openJobClaims } from "./job-claims.ts";
import type { JobHandler, JobQueue, JobQueueOptions, JobRequest, SendOptions, WorkOptions } from "./job-queue.ts";
import { queueNames, queueSchema } from "./job-queue-tables.ts";
import { isServerAway, untilServed } from "./server-away.ts";

const { live, dead } = queueNames;

/** A handler may take this long; how long a run may take is decided by whoever runs it. pg-boss allows less than a day. */
const longestJobSeconds = 23 * 60 * 60;
const yearSeconds = 365 * 24 * 60 * 60;
/** Between two tries to say what came of a job, while the database does not answer. */
const settleAgainMs = 1_000;

/**
 * pg-boss, with one job waiting and one active per target. It spares a domain that is being worked on, but two workers
 * that look at the same moment may both take a job of it: runs themselves wait for the domain's lock.
 */
export async function openBossQueue(control: ControlPlane, { role, onTrouble }: JobQueueOptions): Promise<JobQueue> {
  const works = role === "work";
  const boss = new PgBoss({
    db: databaseOf(control),
    schema: queueSchema,
    backend: control.kind === "embedded" ? "pglite" : "postgres",
    supervise: works,
    // What the clock says is decided here, with the time as a parameter; see docs/decisions/0009.
    schedule: false,
    reindex: false,
    monitorVacuum: false,
  });
  boss.on("error", (error) => onTrouble(error.message));
  await boss.start();
  await createQueues(boss);
  return new BossQueue(boss, control, onTrouble);
}

async function createQueues(boss: PgBoss): Promise<void> {
  await boss.createQueue(dead, { policy: "short", retentionSeconds: yearSeconds });
  await boss.createQueue(live, {
    policy: "stately",
    deadLetter: dead,
    retryLimit: 0,
    expireInSeconds: longestJobSeconds,
    retentionSeconds: yearSeconds,
  });
  // What it knows of a queue it reads at the first use, which inside of a transaction on PGlite would wait for itself.
  for (const name of [live, dead]) await boss.findJobs(name, { key: "" });
}

/** What came of a job. */
type JobEnd = { readonly kind: "done" | "again" } | { readonly kind: "given-up"; readonly reason: string };

class BossQueue implements JobQueue {
  readonly #boss: PgBoss;
  readonly #control: ControlPlane;
  readonly #onTrouble: JobQueueOptions["onTrouble"];
  readonly #closed = new AbortController();
  #worker: string | undefined;

  constructor(boss: PgBoss, control: ControlPlane, onTrouble: JobQueueOptions["onTrouble"]) {
    this.#boss = boss;
    this.#control = control;
    this.#onTrouble = onTrouble;
  }

  async send(request: JobRequest, { startAfter, handle }: SendOptions = {}): Promise<string | undefined> {
    const jobId = await this.#boss.send(live, request, {
      singletonKey: request.target,
      group: { id: domainOf(request.target) },
      ...(startAfter !== undefined && { startAfter: new Date(startAfter) }),
      ...through(handle),
    });
    if (this.#worker !== undefined) this.#boss.notifyWorker(this.#worker);
    return jobId ?? undefined;
  }

  async work(handler: JobHandler, { concurrency, pollSeconds, clock }: WorkOptions): Promise<AsyncDisposable> {
    const claims = openJobClaims(this.#control, clock);
    const options = {
      pollingIntervalSeconds: pollSeconds,
      localConcurrency: concurrency,
      groupConcurrency: 1,
      includeMetadata: true,
    } as const;
    this.#worker = await this.#boss.work(live, options, async ([job]: JobWithMetadata<JobRequest>[]) => {
      if (job === undefined) return;
      const { id: jobId, data: request, createdOn, startAfter } = job;
      // A wait that was meant, as that of a retry, is none for its turn.
      const dueAt = Math.max(createdOn.getTime(), startAfter.getTime());
      await this.#handle({ jobId, request }, () => handler(jobId, request, dueAt), claims);
    });
    return {
      [Symbol.asyncDispose]: async () => {
        this.#worker = undefined;
        await this.#boss.offWork(live, { wait: true });
      },
    };
  }

  async #handle(claim: JobClaim, carryOut: () => Promise<void>, claims: JobClaims): Promise<void> {
    const { jobId } = claim;
    const end = await this.#begin(claim, carryOut, claims);
    if (end === undefined) return;
    // pg-boss itself then finds a job that is no longer active, and leaves it.
    await this.#settle(async (handle) => {
      if (end.kind === "given-up") await this.#giveUp(claim, end.reason, handle);
      else if (end.kind === "again") await this.#sendAgain(claim, handle);
      else await this.#boss.complete(live, jobId, undefined, through(handle));
      await claims.release(jobId, handle);
    });
  }

  /** @returns undefined when another worker took it for lost, and has sent it again */
  async #begin(claim: JobClaim, carryOut: () => Promise<void>, claims: JobClaims): Promise<JobEnd | undefined> {
    try {
      if (!(await untilServed(() => claims.claim(claim), this.#closed.signal))) return undefined;
      await carryOut();
      return { kind: "done" };
    } catch (failure) {
      const reason = reasonOf(failure);
      if (!isServerAway(failure)) return { kind: "given-up", reason };
      this.#onTrouble(`a job is sent again, for the control plane went away under it: ${reason}`);
      return { kind: "again" };
    }
  }

  /** As it was: a server that went away says nothing about the job. */
  async #sendAgain({ jobId, request }: JobClaim, handle: ControlHandle): Promise<void> {
    await this.remove(jobId, { handle });
    await this.send(request, { handle });
  }

  /** Of a target only the newest dead job is kept; pg-boss does not apply a queue's policy to what it moves there. */
  async #giveUp({ jobId, request }: JobClaim, reason: string, handle: ControlHandle): Promise<void> {
    await this.#forget(request.target, handle);
    await this.bury(jobId, reason, { handle });
  }

  /** What came of a job is not lost to a database that is away: it is told when that is back, or the job is taken over. */
  async #settle(tell: (handle: ControlHandle) => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await this.#control.transaction(tell);
      } catch (failure) {
        if (this.#closed.signal.aborted) throw failure;
        this.#onTrouble(`the end of a job cannot be recorded yet: ${reasonOf(failure)}`);
        await wait(settleAgainMs, undefined, { signal: this.#closed.signal });
      }
    }
  }

  async remove(jobId: string, { handle }: Pick<SendOptions, "handle"> = {}): Promise<void> {
    await this.#boss.deleteJob(live, jobId, through(handle));
  }

  async bury(jobId: string, reason: string, { handle }: Pick<SendOptions, "handle"> = {}): Promise<void> {
    await this.#boss.fail(live, jobId, { message: reason }, through(handle));
  }

  async forget(target: string): Promise<void> {
    await this.#forget(target);
  }

  async #forget(target: string, handle?: ControlHandle): Promise<void> {
    const jobs = await this.#boss.findJobs(dead, { key: target, ...through(handle) });
    for (const job of jobs) await this.#boss.deleteJob(dead, job.id, through(handle));
  }

  async revive(target: string): Promise<boolean> {
    const jobs = await this.#boss.findJobs<JobRequest>(dead, { key: target });
    for (const { id, data } of jobs) {
      const { parentRunId, retryOf, ...request } = data;
      await this.send({ ...request, trigger: "manual", attempt: 1 });
      await this.#boss.deleteJob(dead, id);
    }
    return jobs.length > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    // The control plane is somebody else's to close; work under way has been waited for.
    await this.#boss.stop({ graceful: false, close: false });
  }
}

/** pg-boss sends scripts of several statements without values, and reads rows out of their middle. */
function databaseOf(handle: ControlHandle): Db {
  return {
    executeSql: async (text, values = []) =>
      values.length === 0
        ? { rows: await handle.execute(text) }
        : { rows: await handle.query(text, values as Parameters<ControlHandle["query"]>[1]) },
  };
}

function through(handle: ControlHandle | undefined): { db?: Db } {
  return handle === undefined ? {} : { db: databaseOf(handle) };
}

function reasonOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

function domainOf(target: string): string {
  return target.split("/")[0] ?? target;
}
