import { openJobClaims } from "@thoth/control/job-claims";
import { JobGaveUp, type JobQueue, type JobRequest, type SendOptions } from "@thoth/control/job-queue";
import { readDeadJobs } from "@thoth/control/job-queue-tables";
import { openPauses } from "@thoth/control/pauses";
import type { Run } from "@thoth/control/run";
import { isServerAway, patientControl, untilServed } from "@thoth/control/server-away";
import { linkScope } from "@thoth/kernel/abort-scope";
import type { Domain } from "../domain.ts";
import type { Mesh } from "../mesh.ts";
import { runMesh } from "../run-mesh.ts";
import { fireSchedules } from "./fire-schedules.ts";
import { followPublishes } from "./follow-publishes.ts";
import { judgeAttempt } from "./judge-attempt.ts";
import { planRetry } from "./plan-retry.ts";
import { recordUnsound } from "./record-unsound.ts";
import { revivedBy } from "./revived-by.ts";
import { type Schedule, scheduleDefaults } from "./schedule.ts";
import { TakeOver } from "./take-over.ts";
import { scheduleOf } from "./targets.ts";

export interface WorkerOptions {
  /** With the domains as they were when the process began. */
  readonly mesh: Mesh;
  readonly queue: JobQueue;
  /** The domains as they are when a target is about to run. @throws MeshError when they cannot be taken in */
  readonly domains: (target: string) => Promise<readonly Domain[]>;
  readonly settings: WorkerSettings;
  /** Aborting ends what runs; it is begun again by whichever worker comes next. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: WorkerEvent) => void;
}

export interface WorkerSettings {
  /** Domains at work at a time. */
  readonly concurrency: number;
  /** Before the second attempt of a run that failed, milliseconds. */
  readonly firstDelayMs: number;
  /** Seconds between two looks into the queue. */
  readonly pollSeconds: number;
  /** Between two looks at the clock, and for workers that are gone, milliseconds. */
  readonly lookEveryMs: number;
}

export type WorkerEvent =
  | { readonly kind: "started"; readonly request: JobRequest }
  | { readonly kind: "ended"; readonly request: JobRequest; readonly runs: readonly Run[] }
  | { readonly kind: "retried"; readonly request: JobRequest; readonly delayMs: number }
  | { readonly kind: "gave-up"; readonly request: JobRequest; readonly reason: string }
  | { readonly kind: "held"; readonly request: JobRequest }
  | { readonly kind: "taken-over"; readonly request: JobRequest }
  /** By another worker, while this one was out of sight. */
  | { readonly kind: "taken-away"; readonly request: JobRequest }
  | { readonly kind: "trouble"; readonly reason: string };

/** Several publishes that follow each other lead to one run of what reads them, milliseconds. */
const debounceMs = 2_000;

/**
 * Runs what the queue holds, sends what the clock says, and takes over what dead workers left, until it is disposed.
 * Any number of workers share one control plane; a single process on PGlite is one of them.
 */
export async function openWorker(options: WorkerOptions): Promise<AsyncDisposable> {
  await using opening = new AsyncDisposableStack();
  const stop = linkScope(options.signal);
  opening.use(stop);
  const worker = new Worker({ ...options, signal: stop.signal });
  await worker.look();
  opening.use(worker.lookRegularly());
  const { concurrency, pollSeconds } = options.settings;
  const { clock } = options.mesh;
  const working = await options.queue.work((jobId, request, dueAt) => worker.run(jobId, request, dueAt), {
    concurrency,
    pollSeconds,
    clock,
  });
  opening.use(working);
  // What is stopped goes back into the queue, and must not be taken out again here.
  stop.signal.addEventListener("abort", () => void working[Symbol.asyncDispose](), { once: true });
  opening.defer(() => stop.abort(new DOMException("the worker stops", "AbortError")));
  const resources = opening.move();
  return { [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

class Worker {
  readonly #options: WorkerOptions;
  readonly #takeOver: TakeOver;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { mesh, queue } = options;
    this.#takeOver = new TakeOver(mesh, queue, (target) => this.#limits(scheduleOf(mesh.domains, target)));
  }

  async run(jobId: string, request: JobRequest, dueAt: number): Promise<void> {
    const { mesh, signal, onEvent } = this.#options;
    if (signal.aborted) return this.#send(request);
    const pauses = openPauses(patientControl(mesh.control, signal), mesh.clock);
    if (request.trigger !== "manual" && (await pauses.holdIfPaused(request))) return onEvent({ kind: "held", request });
    await this.#attempt(jobId, request, dueAt);
  }

  async look(): Promise<void> {
    const { mesh, queue, onEvent } = this.#options;
    try {
      for (const request of await this.#takeOver.look()) onEvent({ kind: "taken-over", request });
      await fireSchedules(mesh, queue);
      await this.#follow(mesh.domains);
    } catch (failure) {
      onEvent({ kind: "trouble", reason: `the worker cannot look for work: ${describe(failure)}` });
    }
  }

  lookRegularly(): AsyncDisposable {
    let looking: Promise<void> | undefined;
    const timer = setInterval(() => {
      looking ??= this.look().finally(() => {
        looking = undefined;
      });
    }, this.#options.settings.lookEveryMs);
    return {
      [Symbol.asyncDispose]: async () => {
        clearInterval(timer);
        await looking;
      },
    };
  }

  async #follow(domains: readonly Domain[]): Promise<void> {
    const { mesh, queue } = this.#options;
    const startAfter = mesh.clock() + debounceMs;
    await followPublishes({ ...mesh, domains }, async () => queue, { startAfter });
  }

  /** What follows from an attempt is sent before its job is done, so that a crash repeats it and forgets nothing. */
  async #attempt(jobId: string, request: JobRequest, dueAt: number): Promise<void> {
    const { signal, onEvent, mesh } = this.#options;
    const control = patientControl(mesh.control, signal);
    onEvent({ kind: "started", request });
    const { domains, runs } = await this.#carryOut(request, dueAt);
    onEvent({ kind: "ended", request, runs });
    const now = mesh.clock();
    // Each publish is marked where it is sent for, so that what has been followed is not followed again.
    await untilServed(() => this.#follow(domains), signal);
    await this.#forget(revivedBy(runs, await readDeadJobs(control), domains));
    const verdict = judgeAttempt(runs, signal);
    if (verdict.kind === "success") return;
    // Whoever took it over has sent it again.
    if (!(await openJobClaims(control, mesh.clock).has(jobId))) return onEvent({ kind: "taken-away", request });
    if (verdict.kind === "stopped") return this.#send(request);
    const limits = this.#limits(scheduleOf(domains, request.target));
    const plan = planRetry(verdict.failure, request.attempt, { limits, seed: `${request.target} ${verdict.runId}` });
    if (plan.kind === "give-up") {
      onEvent({ kind: "gave-up", request, reason: plan.reason });
      throw new JobGaveUp(`${plan.reason} (run ${verdict.runId})`);
    }
    onEvent({ kind: "retried", request, delayMs: plan.delayMs });
    const again = { ...request, attempt: request.attempt + 1, retryOf: verdict.runId };
    await this.#send(again, { startAfter: now + plan.delayMs });
  }

  /** A target waits once only, however often it is sent. */
  async #send(request: JobRequest, options: SendOptions = {}): Promise<void> {
    const { queue, signal } = this.#options;
    await untilServed(() => queue.send(request, options), signal);
  }

  async #forget(targets: readonly string[]): Promise<void> {
    const { queue, signal } = this.#options;
    for (const target of targets) await untilServed(() => queue.forget(target), signal);
  }

  async #carryOut(
    request: JobRequest,
    queuedAt: number,
  ): Promise<{ domains: readonly Domain[]; runs: readonly Run[] }> {
    const { mesh, signal } = this.#options;
    const { target, trigger, attempt, retryOf, parentRunId } = request;
    let domains = mesh.domains;
    try {
      domains = await this.#options.domains(target);
      const { timeoutMinutes = scheduleDefaults.timeoutMinutes } = scheduleOf(domains, target);
      using scope = linkScope(signal, timeoutMinutes * 60_000);
      const occasion = { trigger, attempt, queuedAt, ...(retryOf && { retryOf }), ...(parentRunId && { parentRunId }) };
      const runs = await runMesh({ ...mesh, domains }, { ...occasion, only: target, signal: scope.signal });
      return { domains, runs };
    } catch (failure) {
      // That says nothing about the target: the queue sends it again as it was.
      if (isServerAway(failure) && mesh.control.kind === "server") throw failure;
      return { domains, runs: [await recordUnsound(mesh, { ...request, queuedAt }, { failure, signal })] };
    }
  }

  #limits({ attempts = scheduleDefaults.attempts }: Schedule): { attempts: number; firstDelayMs: number } {
    return { attempts, firstDelayMs: this.#options.settings.firstDelayMs };
  }
}

function describe(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
