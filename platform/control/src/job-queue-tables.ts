import type { ControlPlane } from "./control-plane.ts";
import type { DeadJob, JobRequest, QueuedJob } from "./job-queue.ts";

/** Where pg-boss keeps its tables, apart from ours. */
export const queueSchema = "mesh_jobs";
export const queueNames = { live: "runs", dead: "runs-given-up" } as const;

interface JobRow {
  readonly id: string;
  readonly data: JobRequest;
  readonly state: string;
  readonly start_after: Date;
  readonly created_on: Date;
  readonly reason: string | null;
}

/** What waits and what runs, the next first. Reads the queue's tables; the queue itself need not be open. */
export async function readQueuedJobs(control: ControlPlane): Promise<QueuedJob[]> {
  const rows = await readJobs(control, queueNames.live, "('created', 'retry', 'active')");
  return rows.map(({ id, data, state, start_after: startAfter }) => ({
    jobId: id,
    request: data,
    state: state === "active" ? "active" : "waiting",
    startAfter: startAfter.getTime(),
  }));
}

/** What was given up and has not been sent again, the newest first. */
export async function readDeadJobs(control: ControlPlane): Promise<DeadJob[]> {
  const rows = await readJobs(control, queueNames.dead, "('created')");
  return rows
    .map(({ id, data, created_on: since, reason }) => ({
      jobId: id,
      request: data,
      since: since.getTime(),
      reason: reason ?? "no reason was given",
    }))
    .toSorted((a, b) => b.since - a.since);
}

/** A mesh that never had a queue has no such tables. */
async function readJobs(control: ControlPlane, queue: string, states: string): Promise<JobRow[]> {
  const [found] = await control.query<{ name: string | null }>("select to_regclass($1)::text as name", [
    `${queueSchema}.job`,
  ]);
  if (found?.name == null) return [];
  return control.query<JobRow>(
    `select id::text, data, state::text, start_after, created_on, source_output->>'message' as reason
     from ${queueSchema}.job where name = $1 and state in ${states} order by start_after, created_on`,
    [queue],
  );
}
