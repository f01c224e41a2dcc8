import { type JobClaim, openJobClaims } from "@thoth/control/job-claims";
import type { JobQueue, JobRequest } from "@thoth/control/job-queue";
import type { ControlHandle } from "@thoth/control/open-control";
import type { Run } from "@thoth/control/run";
import type { Mesh } from "../mesh.ts";
import { describeRun } from "../open-lineage/describe-run.ts";
import { planRetry, type RetryLimits } from "./plan-retry.ts";

/**
 * Looks after dead workers. One that is absent at a look is taken to be dead when it is still absent at a later one, its
 * grace period after: a connection that the server dropped comes back, and a worker whose connection does not has
 * stopped its runs itself by then. The embedded store has one process only.
 */
export class TakeOver {
  readonly #mesh: TakeOverSources;
  readonly #queue: JobQueue;
  readonly #limitsOf: (target: string) => RetryLimits;
  /** Worker → when it was first seen to be absent, epoch ms. */
  #absent: ReadonlyMap<number, number> = new Map();
  #unclaimed: ReadonlySet<string> = new Set();

  constructor(mesh: TakeOverSources, queue: JobQueue, limitsOf: (target: string) => RetryLimits) {
    this.#mesh = mesh;
    this.#queue = queue;
    this.#limitsOf = limitsOf;
  }

  /**
   * Ends what dead workers left: their runs end as aborted, and their work is sent again at once as the next attempt, or
   * given up when there was the last one. Their locks need nothing: they hold no longer than their worker lives.
   * @returns what was taken over
   */
  async look(): Promise<JobRequest[]> {
    return [...(await this.#unfinished()), ...(await this.#unbegun())];
  }

  async #unfinished(): Promise<JobRequest[]> {
    const { control, clock, ledger } = this.#mesh;
    const claims = openJobClaims(control, clock);
    const absent = await claims.absentWorkers();
    const dead = control.kind === "embedded" ? absent : this.#absentForLong(absent);
    if (dead.length === 0) return [];
    for (const run of await ledger.abortOrphans("the worker that ran it ended without finishing it", dead))
      this.#tell(run);
    // Another process that started in the meantime may have ended them before.
    const aborted = await ledger.list({ pipeline: "domain", status: "aborted", limit: 100 });
    const taken = await claims.takeOver(dead, (claim, handle) => this.#sendAgain(claim, handle, aborted));
    return taken.map(({ request }) => request);
  }

  #absentForLong(absent: readonly number[]): number[] {
    const { control, clock } = this.#mesh;
    const now = clock();
    const before = this.#absent;
    this.#absent = new Map(absent.map((worker) => [worker, before.get(worker) ?? now]));
    return absent.filter((worker) => {
      const since = before.get(worker);
      return since !== undefined && now - since >= control.presence.graceMs;
    });
  }

  #tell(run: Run): void {
    const { openLineage, domains } = this.#mesh;
    openLineage?.send(async () => describeRun(run, { namespace: openLineage.namespace, domains, lineage: new Map() }));
  }

  /**
   * A worker that died between taking a job and saying so leaves it active, with nobody at it. One that only took its
   * time to say so, longer than from one look to the next, finds that the job is gone and leaves it.
   */
  async #unbegun(): Promise<JobRequest[]> {
    const { control, clock } = this.#mesh;
    const claims = openJobClaims(control, clock);
    const unclaimed = await claims.unclaimed();
    const lost = unclaimed.filter(({ jobId }) => this.#unclaimed.has(jobId));
    this.#unclaimed = new Set(unclaimed.map(({ jobId }) => jobId));
    const taken: JobRequest[] = [];
    for (const claim of lost) if (await claims.takeUnclaimed(claim, this.#sendAsItWas)) taken.push(claim.request);
    return taken;
  }

  readonly #sendAsItWas = async ({ jobId, request }: JobClaim, handle: ControlHandle): Promise<void> => {
    await this.#queue.remove(jobId, { handle });
    await this.#queue.send(request, { handle });
  };

  async #sendAgain({ jobId, request }: JobClaim, handle: ControlHandle, aborted: readonly Run[]): Promise<void> {
    const { target, attempt } = request;
    const plan = planRetry("system", attempt, { limits: this.#limitsOf(target), seed: jobId });
    if (plan.kind === "give-up")
      return this.#queue.bury(jobId, `${plan.reason}; the last one ended with its worker`, { handle });
    const [domain] = target.split("/");
    const run = aborted.find(({ pipeline, domain: owner }) => pipeline === "domain" && owner === domain);
    await this.#queue.remove(jobId, { handle });
    await this.#queue.send({ ...request, attempt: attempt + 1, ...(run && { retryOf: run.runId }) }, { handle });
  }
}

type TakeOverSources = Pick<Mesh, "ledger" | "control" | "clock" | "domains" | "openLineage">;
