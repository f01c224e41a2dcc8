import { type Db, PgBoss } from "pg-boss";
import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import {
  JobGaveUp,
  type JobHandler,
  type JobQueue,
  type JobQueueOptions,
  type JobRequest,
  type SendOptions,
  type WorkOptions,
} from "./job-queue.ts";
import { queueNames, queueSchema } from "./job-queue-tables.ts";

const { live, dead } = queueNames;

/** A handler may take this long; how long a run may take is decided by whoever runs it. pg-boss allows less than a day. */
const longestJobSeconds = 23 * 60 * 60;
const yearSeconds = 365 * 24 * 60 * 60;

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
  return new BossQueue(boss);
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

class BossQueue implements JobQueue {
  readonly #boss: PgBoss;
  #worker: string | undefined;

  constructor(boss: PgBoss) {
    this.#boss = boss;
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

  async work(handler: JobHandler, { concurrency, pollSeconds }: WorkOptions): Promise<AsyncDisposable> {
    const options = { pollingIntervalSeconds: pollSeconds, localConcurrency: concurrency, groupConcurrency: 1 };
    this.#worker = await this.#boss.work<JobRequest>(live, options, async ([job]) => {
      if (job !== undefined) await this.#handle(job.id, job.data, handler);
    });
    return {
      [Symbol.asyncDispose]: async () => {
        this.#worker = undefined;
        await this.#boss.offWork(live, { wait: true });
      },
    };
  }

  /** Of a target only the newest dead job is kept; pg-boss does not apply a queue's policy to what it moves there. */
  async #handle(jobId: string, request: JobRequest, handler: JobHandler): Promise<void> {
    try {
      await handler(jobId, request);
    } catch (failure) {
      await this.forget(request.target);
      throw new JobGaveUp(failure instanceof Error ? failure.message : String(failure));
    }
  }

  async remove(jobId: string, { handle }: Pick<SendOptions, "handle"> = {}): Promise<void> {
    await this.#boss.deleteJob(live, jobId, through(handle));
  }

  async bury(jobId: string, reason: string, { handle }: Pick<SendOptions, "handle"> = {}): Promise<void> {
    await this.#boss.fail(live, jobId, { message: reason }, through(handle));
  }

  async forget(target: string): Promise<void> {
    for (const job of await this.#boss.findJobs(dead, { key: target })) await this.#boss.deleteJob(dead, job.id);
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

function domainOf(target: string): string {
  return target.split("/")[0] ?? target;
}
