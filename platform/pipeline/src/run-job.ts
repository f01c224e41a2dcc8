import type { NewRun, Run, RunOutcome } from "@thoth/control/run";
import { type Analyses, analysisOf } from "./analyses.ts";
import type { DomainSession } from "./domain-sessions.ts";
import { describeJobFailure } from "./failure.ts";
import type { Job } from "./job.ts";
import type { JobContext, JobOutcome } from "./job-context.ts";
import { limitMemory } from "./memory-limit.ts";
import type { Mesh } from "./mesh.ts";
import { findRootCause } from "./root-cause.ts";
import { runClean } from "./run-clean.ts";
import { runExtract } from "./run-extract.ts";
import { logOutcome } from "./run-lines.ts";
import type { RunOptions } from "./run-mesh.ts";
import { occasionOf } from "./run-occasion.ts";
import { runProduct } from "./run-product.ts";

export interface JobSetting {
  readonly mesh: Mesh;
  readonly session: DomainSession;
  readonly analyses: Analyses;
  /** Runs of this session so far, by job id. */
  readonly runs: ReadonlyMap<string, Run>;
  readonly options: RunOptions;
}

/** Runs one job and records how it ended. Never throws for a failure of the job itself. */
export async function runJob(job: Job, setting: JobSetting): Promise<Run> {
  const { ledger } = setting.mesh;
  const { runId } = await ledger.start(newRun(job, setting.session, setting.options));
  const outcome = findObstacle(job, setting) ?? (await attempt(job, runId, setting));
  const run = await ledger.finish(runId, { ...outcome, ...(await findRootCause(job, outcome, setting)) });
  await logOutcome(run, setting.mesh);
  return run;
}

/** Why the job is not even begun: what it needs has not succeeded, or its domain cannot be opened. */
function findObstacle(job: Job, { session, runs, options }: JobSetting): RunOutcome | undefined {
  if (options.signal.aborted) return undefined;
  const blocker = job.dependsOn.map((id) => runs.get(id)).find((run) => run !== undefined && !publishes(run.status));
  if (blocker !== undefined) return skippedBecauseOf(blocker, runs);
  if (!("failure" in session.warehouse)) return undefined;
  const failureMessage = `not run because the warehouse of ${job.domain} could not be opened`;
  return { status: "skipped", failureMessage, rootCauseRunId: session.parent.runId };
}

/** What was published in part is published. */
function publishes(status: Run["status"]): boolean {
  return status === "success" || status === "partial";
}

/** Names the run that is to blame, however many skipped ones lie between. */
function skippedBecauseOf(blocker: Run, runs: ReadonlyMap<string, Run>): RunOutcome {
  const rootCauseRunId = blocker.rootCauseRunId ?? blocker.runId;
  // In a further attempt the run that failed first was another one's; here the same job has failed again.
  const same = (run: Run) => run.rootCauseRunId === rootCauseRunId && run.status !== "skipped";
  const { domain, pipeline, status } =
    runs.values().find((run) => run.runId === rootCauseRunId) ?? runs.values().find(same) ?? blocker;
  return { status: "skipped", failureMessage: `not run because ${domain} ${pipeline} ${verb[status]}`, rootCauseRunId };
}

const verb: Readonly<Record<Run["status"], string>> = {
  queued: "is waiting",
  running: "is running",
  success: "succeeded",
  partial: "succeeded in part",
  failed: "failed",
  aborted: "was aborted",
  skipped: "was skipped",
};

async function attempt(job: Job, runId: string, { mesh, session, analyses, options }: JobSetting): Promise<RunOutcome> {
  const { domain, warehouse } = session;
  const { signal, full = false } = options;
  try {
    signal.throwIfAborted();
    if ("failure" in warehouse) throw new Error(`the warehouse of ${domain.name} is not open`);
    const { engine, ownMemory, streams, tables } = warehouse;
    const log: JobContext["log"] = async (level, message) => mesh.log?.write(runId, [{ level, message }]);
    await limitMemory(warehouse, job.kind, mesh.memoryMb);
    const context = { mesh, domain, engine, ownMemory, streams, tables, runId, full, signal, log };
    return { status: "success", ...(await carryOut(job, analyses, context)) };
  } catch (failure) {
    return describeJobFailure(failure, signal);
  }
}

function carryOut(job: Job, analyses: Analyses, context: JobContext): Promise<JobOutcome> {
  if (job.kind === "extract") return runExtract(job.source, job.stream, context);
  if (job.kind === "product") return runProduct(job.product, analyses, context);
  return runClean(job.query, analysisOf(analyses, job.query), context);
}

function newRun(job: Job, { domain, parent }: DomainSession, options: RunOptions): NewRun {
  return {
    domain: job.domain,
    product: job.kind === "product" ? job.product.name : null,
    pipeline: job.id.slice(job.domain.length + 1),
    codeVersion: domain.packageVersion,
    ...occasionOf(options, parent.runId),
    contractVersion: job.kind === "product" ? job.product.model.version : null,
  };
}
