import type { Run, RunTrigger } from "@thoth/control/run";
import { analyseDomains } from "./analyse-domains.ts";
import { holdDomains } from "./domain-hold.ts";
import { DomainSessions } from "./domain-sessions.ts";
import { fenceMesh } from "./fenced-mesh.ts";
import type { Mesh } from "./mesh.ts";
import { tellRuns } from "./open-lineage/tell-runs.ts";
import { watchTakenOver } from "./open-lineage/tell-taken-over.ts";
import { type Job, planJobs } from "./plan-jobs.ts";
import { runJob } from "./run-job.ts";
import { narrowTo, parseTarget, selectJobs } from "./select-jobs.ts";

export interface RunOptions {
  /** `ontrack-learning` or `ontrack-learning/units`; absent means everything. */
  readonly only?: string;
  readonly trigger: RunTrigger;
  /** Which attempt it is; the first when absent. */
  readonly attempt?: number;
  /** The domain's run of the attempt before: what fails again failed first there. */
  readonly retryOf?: string;
  /** The part of event time that is loaded again. */
  readonly partitionKey?: string;
  /** The run that led to this one. */
  readonly parentRunId?: string;
  /** When it was sent to the queue, epoch ms; absent when it never was in one. */
  readonly queuedAt?: number;
  /** Load and compute everything again, whatever has been done before. */
  readonly full?: boolean;
  /** Aborting ends the job that runs, and the run with it. */
  readonly signal: AbortSignal;
  /** Called when a job starts and when it has ended. */
  readonly onProgress?: (event: RunProgress) => void;
  /** Called when a domain is at work elsewhere and has to end that first. */
  readonly onWait?: (domain: string) => void;
}

export type RunProgress =
  | { readonly kind: "started"; readonly job: Job; readonly done: number; readonly total: number }
  | { readonly kind: "ended"; readonly job: Job; readonly run: Run; readonly done: number; readonly total: number };

/**
 * Runs what is asked for, in dependency order, and puts every job on the ledger under one parent run per domain.
 * A failed job skips what depends on it and nothing else; what was published before goes on serving. Runs of one domain
 * follow each other, whichever process they are in.
 * @returns the ledger rows in the order they ended, parents after their jobs
 * @throws MeshError before anything ran when a domain is not sound; failures of jobs are in the rows
 */
export async function runMesh(mesh: Mesh, options: RunOptions): Promise<Run[]> {
  const target = parseTarget(mesh.domains, options.only);
  const domains = narrowTo(mesh.domains, target);
  const analyses = await analyseDomains(domains);
  const jobs = selectJobs(planJobs(domains, analyses), target);
  const runs = new Map<string, Run>();
  const parents: Run[] = [];
  const written = new Set(jobs.map((job) => job.domain));
  const tellTakenOver = watchTakenOver(mesh);
  await using hold = await holdDomains(mesh, written, options);
  tellTakenOver(written);
  // What a run asks twice, because an answer was lost, is told once.
  const told = tellRuns(fenceMesh(mesh, hold), { domains, analyses });
  const own = { mesh: told, options: { ...options, signal: hold.signal } };
  await using sessions = new DomainSessions(own.mesh, jobs, own.options);
  for (const [done, job] of jobs.entries()) {
    options.onProgress?.({ kind: "started", job, done, total: jobs.length });
    const session = await sessions.enter(job.domain);
    const run = await runJob(job, { ...own, session, analyses, runs });
    runs.set(job.id, run);
    options.onProgress?.({ kind: "ended", job, run, done: done + 1, total: jobs.length });
    const parent = await sessions.leave(job.domain, run);
    if (parent !== undefined) {
      parents.push(parent);
      await hold.free(job.domain);
    }
    if (run.status === "aborted" || run.failureClass === "timeout") break;
  }
  return [...runs.values(), ...parents, ...(await sessions.stop())];
}
