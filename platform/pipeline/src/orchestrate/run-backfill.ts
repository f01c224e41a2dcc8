import { join } from "node:path";
import type { Run } from "@thoth/control/run";
import { type BackfillResult, type StagedStream, stageStream } from "@thoth/ingest/backfill-stream";
import { analyseDomains } from "../analyse-domains.ts";
import type { Domain } from "../domain.ts";
import { holdDomains } from "../domain-hold.ts";
import { type OpenWarehouse, openWarehouse } from "../domain-sessions.ts";
import { describeJobFailure } from "../failure.ts";
import { fenceMesh } from "../fenced-mesh.ts";
import { step } from "../job-context.ts";
import { judgeParent } from "../judge-parent.ts";
import type { Mesh } from "../mesh.ts";
import { tellRuns } from "../open-lineage/tell-runs.ts";
import { watchTakenOver } from "../open-lineage/tell-taken-over.ts";
import { planJobs } from "../plan-jobs.ts";
import { logOutcome } from "../run-lines.ts";
import { type RunOptions, runMesh } from "../run-mesh.ts";
import { occasionOf } from "../run-occasion.ts";
import { narrowTo, parseTarget, selectJobs } from "../select-jobs.ts";
import { type BackfillStream, planBackfill } from "./backfill-plan.ts";
import { type Partition, type PartitionSize, partitionsOf } from "./partitions.ts";

export interface Backfill {
  /** First and last day, UTC: `2026-01-01..2026-03-31`. */
  readonly range: string;
  readonly by: PartitionSize;
}

export type BackfillOptions = Pick<RunOptions, "signal" | "onProgress" | "onWait"> & {
  /** A domain or product. */
  readonly only: string;
  /** Called before anything is done. */
  readonly onPlan?: (plan: ToldPlan) => void;
};

export interface ToldPlan {
  /** Streams that are left as they are, and why, a sentence each. */
  readonly left: readonly string[];
  /** Parts that an attempt before has loaded. */
  readonly doneBefore: number;
}

/**
 * Loads a range of a target's event time again, part by part, each in one transaction with a ledger row of its own, and
 * then brings up to date what is made from it. One that was cut short goes on behind its last part when it is asked for
 * again; one that had ended begins anew.
 * @returns the ledger rows in the order they ended
 * @throws MeshError `pipeline/bad-range`, `pipeline/not-backfillable`, and as `runMesh` does
 */
export async function runBackfill(mesh: Mesh, backfill: Backfill, options: BackfillOptions): Promise<Run[]> {
  const { only, signal } = options;
  const partitions = partitionsOf(backfill.range, backfill.by);
  const target = parseTarget(mesh.domains, only);
  const domains = narrowTo(mesh.domains, target);
  const domain = domains.find(({ name }) => name === target.domain);
  if (domain === undefined) throw new Error(`no domain ${target.domain}`);
  const analyses = await analyseDomains(domains);
  const jobs = selectJobs(planJobs(domains, analyses), target);
  const { streams, left } = planBackfill(only, domain, jobs);
  const partitionKey = `${backfill.range} by ${backfill.by}`;
  const done = await partsDone(mesh, domain.name, partitionKey);
  options.onPlan?.({ left, doneBefore: done.size });
  const occasion = { trigger: "backfill", partitionKey } as const;
  let parent: Run;
  let loading: Loading;
  {
    const tellTakenOver = watchTakenOver(mesh);
    await using hold = await holdDomains(mesh, [domain.name], options);
    tellTakenOver([domain.name]);
    const own = tellRuns(fenceMesh(mesh, hold), { domains, analyses });
    loading = new Loading(own, streams, { partitions, done, options: { ...options, signal: hold.signal } });
    const row = { domain: domain.name, product: null, pipeline: "domain", codeVersion: domain.packageVersion };
    const { runId } = await own.ledger.start({ ...row, ...occasionOf({ ...occasion, signal }, undefined) });
    await loading.loadInto(domain, { ...row, parentRunId: runId }).catch(async (failure: unknown) => {
      // A warehouse that cannot be opened: whoever asked is told, and the run has ended.
      await own.ledger.finish(runId, describeJobFailure(failure, hold.signal));
      throw failure;
    });
    parent = await own.ledger.finish(runId, judgeParent(loading.runs, loading.left));
  }
  if (!isComplete(parent)) return [...loading.runs, parent];
  const rest = await runMesh(mesh, { ...options, trigger: "backfill", parentRunId: parent.runId });
  return [...loading.runs, parent, ...rest];
}

/** `<pipeline> <partition>` of what the attempts since the last complete one have loaded. */
async function partsDone({ ledger }: Mesh, domain: string, partitionKey: string): Promise<Set<string>> {
  const attempts = await ledger.list({ domain, pipeline: "domain", partitionKey, trigger: "backfill", limit: 1000 });
  const complete = attempts.findIndex(isComplete);
  const unfinished = complete === -1 ? attempts : attempts.slice(0, complete);
  const done = new Set<string>();
  for (const { runId } of unfinished) {
    for (const run of await ledger.list({ parentRunId: runId, limit: 10_000 }))
      if (isComplete(run)) done.add(`${run.pipeline} ${run.partitionKey}`);
  }
  return done;
}

/** Nothing went wrong, though rows may have been held back as their stream allows. */
function isComplete({ status, failureClass }: Run): boolean {
  return status === "success" || (status === "partial" && failureClass === null);
}

interface ParentRow {
  readonly domain: string;
  readonly product: null;
  readonly codeVersion: string;
  readonly parentRunId: string;
}

class Loading {
  readonly runs: Run[] = [];
  /** How many parts have not been begun. */
  left: number;
  readonly #mesh: Mesh;
  readonly #work: { readonly stream: BackfillStream; readonly parts: readonly Partition[] }[];
  readonly #options: BackfillOptions;
  readonly #total: number;

  constructor(
    mesh: Mesh,
    streams: readonly BackfillStream[],
    plan: { partitions: readonly Partition[]; done: ReadonlySet<string>; options: BackfillOptions },
  ) {
    this.#mesh = mesh;
    this.#options = plan.options;
    this.#work = streams.map((stream) => ({
      stream,
      parts: plan.partitions.filter(({ key }) => !plan.done.has(`extract/${stream.stream.name} ${key}`)),
    }));
    this.#total = this.#work.reduce((sum, { parts }) => sum + parts.length, 0);
    this.left = this.#total;
  }

  /** Ends at the first part that fails: what it could not read, the next could not either. */
  async loadInto(domain: Domain, parent: ParentRow): Promise<void> {
    await using warehouse = await step("open", () => openWarehouse(this.#mesh, domain));
    for (const { stream, parts } of this.#work) {
      await using staged = new LazyStaged((runId) => this.#stage(stream, { parts, runId }, warehouse));
      for (const part of parts) {
        const run = await this.#loadPart(stream, part, { staged, parent });
        if (!isComplete(run)) return;
      }
    }
  }

  #stage(
    { job, source, stream }: BackfillStream,
    { parts, runId }: { parts: readonly Partition[]; runId: string },
    { engine, streams: states }: OpenWarehouse,
  ): Promise<StagedStream> {
    const { root, control, clock, home } = this.#mesh;
    const { signal } = this.#options;
    const collectedDir = join(home.collectorDir, job.domain);
    const range = { from: parts[0]?.from ?? 0, until: parts.at(-1)?.until ?? 0 };
    const places = { sourcesDir: home.sourcesDir, collectedDir, auditDir: home.auditDir, root };
    const options = { engine, states, ...places, control, signal, now: clock(), range, runId };
    return step("extract", () => stageStream(source, stream, options));
  }

  async #loadPart(
    { job, stream }: BackfillStream,
    { key, ...range }: Partition,
    { staged, parent }: { staged: LazyStaged; parent: ParentRow },
  ): Promise<Run> {
    const { ledger } = this.#mesh;
    const { signal, onProgress } = this.#options;
    const shown = { job: { ...job, id: `${job.id} ${key}` }, total: this.#total };
    onProgress?.({ kind: "started", ...shown, done: this.#total - this.left });
    const occasion = occasionOf({ trigger: "backfill", partitionKey: key, signal }, parent.parentRunId);
    const { runId } = await ledger.start({ ...parent, pipeline: `extract/${stream.name}`, ...occasion });
    const outcome = await step("backfill", async () => {
      signal.throwIfAborted();
      const { bytesIn, rowsRejected, replace } = await staged.get(runId);
      return describePart(job.domain, rowsRejected, { bytesIn, ...(await replace(range, runId)) });
    }).catch((failure: unknown) => describeJobFailure(failure, signal));
    const run = await ledger.finish(runId, outcome);
    await logOutcome(run, this.#mesh);
    this.runs.push(run);
    this.left--;
    onProgress?.({ kind: "ended", ...shown, run, done: this.#total - this.left });
    return run;
  }
}

/** What was held back belongs to no part for certain, and is told by the one that read it. */
function describePart(domain: string, rowsRejected: number, counts: BackfillResult & { bytesIn: number }) {
  const rowsRead = counts.rowsRead + rowsRejected;
  const outcome = { status: "success", rowsUpdated: 0, ...counts, rowsRead, rowsRejected } as const;
  if (rowsRejected === 0) return outcome;
  const failureMessage = `${rowsRejected} rows do not fit and were held back; rows that had landed and that they may be newer versions of stay as they were: mesh quality ${domain} --rejected shows them`;
  return { ...outcome, status: "partial", failureMessage } as const;
}

/** Read when the first part needs it, inside of that part's run. */
class LazyStaged implements AsyncDisposable {
  readonly #open: (runId: string) => Promise<StagedStream>;
  #staged: StagedStream | undefined;

  constructor(open: (runId: string) => Promise<StagedStream>) {
    this.#open = open;
  }

  /** What was held back is told to the first who asks. */
  async get(runId: string): Promise<StagedStream> {
    if (this.#staged !== undefined) return { ...this.#staged, rowsRejected: 0 };
    this.#staged = await this.#open(runId);
    return this.#staged;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#staged?.[Symbol.asyncDispose]();
  }
}
