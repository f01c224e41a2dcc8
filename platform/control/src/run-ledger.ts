import type { Clock } from "@thoth/kernel/clock";
import { timeOrderedId } from "@thoth/kernel/ids";
import { formatMeshError } from "@thoth/kernel/mesh-error";
import type { ControlPlane, ControlValue } from "./control-plane.ts";
import type { DomainLock } from "./domain-locks.ts";
import { controlError } from "./errors.ts";
import { isFinal, type NewRun, type Run, type RunOutcome, type RunStatus, type RunTrigger } from "./run.ts";
import { bindRun, runFromRow } from "./run-columns.ts";
import { presentWorkersSql } from "./worker-presence.ts";

export interface RunFilter {
  readonly domain?: string;
  readonly product?: string;
  readonly pipeline?: string;
  readonly status?: RunStatus;
  readonly parentRunId?: string;
  readonly partitionKey?: string;
  readonly trigger?: RunTrigger;
  /** Begun at this time or later, epoch ms; of those that have not begun, queued. */
  readonly since?: number;
  /** Runs at most; 100 when not given. */
  readonly limit?: number;
}

/** Every run of every pipeline, as it happened. The database refuses to change a run that has ended, or to delete one. */
export interface RunLedger {
  /**
   * Puts a run on the ledger that begins at once.
   * @param lock what it works under: it can only end as its outcome says while that counts
   * @throws MeshError `control/run-exists`
   */
  start(run: NewRun, lock?: DomainLock): Promise<Run>;
  /** Puts a run on the ledger that waits for its turn. @throws MeshError `control/run-exists` */
  queue(run: NewRun): Promise<Run>;
  /** Begins a queued run in this process. @throws MeshError `control/unknown-run`, `control/run-not-queued` */
  begin(runId: string): Promise<Run>;
  /**
   * Ends a queued or running run. One that has lost its lock ends as `aborted`, whatever its outcome, or stays as
   * whoever took the lock ended it.
   * @throws MeshError `control/unknown-run`, `control/run-finished`, `control/outcome-not-final`, `control/failure-unexplained`
   */
  finish(runId: string, outcome: RunOutcome): Promise<Run>;
  get(runId: string): Promise<Run | undefined>;
  /** Newest first: by the time they began, or were queued if they did not, then by arrival. */
  list(filter?: RunFilter): Promise<Run[]>;
  /**
   * Ends, as `aborted` with failure class `system`, the unfinished runs of processes that are gone. Returns them. The
   * locks of such a process are taken from it, so that it finds out should it live after all.
   * @param workers only theirs, as far as they are gone
   */
  abortOrphans(reason: string, workers?: readonly number[]): Promise<Run[]>;
}

export function openRunLedger(control: ControlPlane, clock: Clock): RunLedger {
  return {
    start: (run, lock) => insertRun(control, run, { status: "running", now: clock(), lock }),
    queue: (run) => insertRun(control, run, { status: "queued", now: clock() }),
    begin: (runId) => beginRun(control, runId, clock()),
    finish: (runId, outcome) => finishRun(control, runId, { outcome, now: clock() }),
    get: (runId) => getRun(control, runId),
    list: (filter = {}) => listRuns(control, filter),
    abortOrphans: (reason, workers) => abortOrphans(control, { reason, workers }, clock()),
  };
}

type Row = Record<string, unknown>;

async function insertRun(
  control: ControlPlane,
  run: NewRun,
  { status, now, lock }: { status: "queued" | "running"; now: number; lock?: DomainLock | undefined },
): Promise<Run> {
  const runId = run.runId ?? timeOrderedId(now);
  const startedAt = status === "running" ? now : null;
  // The queue goes by the server's clock, which may be ahead of ours.
  const queuedAt = Math.min(run.queuedAt ?? now, now);
  const binding = bindRun({ attempt: 1, ...run, runId, status, queuedAt, startedAt }, 3);
  const [row] = await control.query<Row>(
    `with run as (
       insert into mesh.runs (${binding.columns.join(", ")}) values (${binding.placeholders.join(", ")})
       on conflict (run_id) do nothing returning *
     ), intake as (
       insert into mesh.run_intake (run_id, worker_id, lock_token) select run_id, $1::bigint, $2::bigint from run
     ) select * from run`,
    [control.workerId, lock?.token ?? null, ...binding.values],
  );
  if (row === undefined) throw controlError["run-exists"]({ runId });
  return runFromRow(row);
}

async function beginRun(control: ControlPlane, runId: string, now: number): Promise<Run> {
  const [row] = await control.query<Row>(
    `with run as (
       update mesh.runs set status = 'running', started_at = $3 where run_id = $2 and status = 'queued' returning *
     ), intake as (
       update mesh.run_intake set worker_id = $1::bigint where run_id in (select run_id from run)
     ) select * from run`,
    [control.workerId, runId, new Date(now)],
  );
  if (row !== undefined) return runFromRow(row);
  const { status } = await requireRun(control, runId);
  throw controlError["run-not-queued"]({ runId, status });
}

async function finishRun(
  control: ControlPlane,
  runId: string,
  { outcome, now }: { outcome: RunOutcome; now: number },
): Promise<Run> {
  if (!isFinal(outcome.status)) throw controlError["outcome-not-final"]({ runId, status: outcome.status });
  if (outcome.status === "failed" && !(outcome.failureClass && outcome.failureMessage)) {
    throw controlError["failure-unexplained"]({ runId });
  }
  const ended = await endRun(control, runId, { ...outcome, completedAt: now });
  if (ended !== undefined) return ended;
  const run = await requireRun(control, runId);
  const [lost] = await control.query(`select 1 where not (${countsSql})`, [runId]);
  if (lost === undefined) throw controlError["run-finished"]({ runId, status: run.status });
  return (await endLost(control, run, now)) ?? requireRun(control, runId);
}

/** Of a run that works under a lock: whether that is the one that counts, and goes on doing so until this is kept. */
const countsSql = `
  not exists (select from mesh.run_intake where run_id = $1 and lock_token is not null)
  or exists (
    select from mesh.domain_locks lock join mesh.runs using (domain) join mesh.run_intake using (run_id)
    where run_id = $1 and lock.token = lock_token and lock.worker_id is not null for share of lock
  )`;

async function endRun(control: ControlPlane, runId: string, end: Partial<Run>): Promise<Run | undefined> {
  const { columns, placeholders, values } = bindRun(end, 2);
  const [row] = await control.query<Row>(
    `update mesh.runs set ${columns.map((column, index) => `${column} = ${placeholders[index]}`).join(", ")}
     where run_id = $1 and completed_at is null and (${countsSql}) returning *`,
    [runId, ...values],
  );
  return row && runFromRow(row);
}

/** What such a run counted is not kept: nobody can say what became of it. */
async function endLost(control: ControlPlane, { runId, domain }: Run, now: number): Promise<Run | undefined> {
  const [row] = await control.query<Row>(
    `update mesh.runs set status = 'aborted', completed_at = $2, failure_class = 'system', failure_message = $3
     where run_id = $1 and completed_at is null returning *`,
    [runId, new Date(now), formatMeshError(controlError["lock-lost"]({ domain }))],
  );
  return row && runFromRow(row);
}

async function getRun(control: ControlPlane, runId: string): Promise<Run | undefined> {
  const [row] = await control.query<Row>("select * from mesh.runs where run_id = $1", [runId]);
  return row && runFromRow(row);
}

async function requireRun(control: ControlPlane, runId: string): Promise<Run> {
  const run = await getRun(control, runId);
  if (run === undefined) throw controlError["unknown-run"]({ runId });
  return run;
}

async function listRuns(control: ControlPlane, { limit = 100, since = 0, ...wanted }: RunFilter): Promise<Run[]> {
  const { columns, values } = bindRun(wanted, 1);
  const conditions = [
    "coalesce(started_at, queued_at) >= $2",
    ...columns.map((column, index) => `${column} = $${index + 3}`),
  ];
  const rows = await control.query<Row>(
    `select runs.* from mesh.runs join mesh.run_intake using (run_id)
     where ${conditions.join(" and ")}
     order by coalesce(started_at, queued_at) desc, arrival desc limit $1`,
    [limit, new Date(since), ...values] satisfies ControlValue[],
  );
  return rows.map(runFromRow);
}

async function abortOrphans(
  control: ControlPlane,
  { reason, workers }: { reason: string; workers: readonly number[] | undefined },
  now: number,
): Promise<Run[]> {
  const whose = workers?.map(String) ?? null;
  const rows = await control.transaction(async (handle) => {
    // First, as everybody else locks a domain before its runs.
    await handle.query(
      `update mesh.domain_locks set holder = null, worker_id = null, token = token + 1
       where worker_id not in (${presentWorkersSql}) and ($1::text[] is null or worker_id = any($1::text[]::bigint[]))`,
      [whose],
    );
    return handle.query<Row>(
      `update mesh.runs set status = 'aborted', completed_at = $1, failure_class = 'system', failure_message = $2
       where completed_at is null and run_id not in (
         select run_id from mesh.run_intake where worker_id in (${presentWorkersSql})
       ) and ($3::text[] is null or run_id in (
         select run_id from mesh.run_intake where worker_id = any($3::text[]::bigint[])
       )) returning *`,
      [new Date(now), reason, whose],
    );
  });
  return rows.map(runFromRow);
}
