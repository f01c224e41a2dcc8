import type { Clock } from "@thoth/kernel/clock";
import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import type { JobRequest } from "./job-queue.ts";
import { queueNames, queueSchema } from "./job-queue-tables.ts";
import { presentWorkersSql } from "./worker-presence.ts";

/** A job that a worker has begun. */
export interface JobClaim {
  readonly jobId: string;
  readonly request: JobRequest;
}

/** What becomes of a claim that is taken away; kept together with the taking, or neither is. */
export type TakeClaim = (claim: JobClaim, handle: ControlHandle) => Promise<void>;

/**
 * Which worker has begun which job, so that the others can see what a dead one left undone. A job under way has a claim
 * from before its work begins until it is settled: an active job without one belongs to nobody.
 */
export interface JobClaims {
  /** @returns false when the job has been taken away, for nobody said in time that it had begun */
  claim(claim: JobClaim): Promise<boolean>;
  /** Whether this worker has it still: nobody has taken it over. */
  has(jobId: string): Promise<boolean>;
  release(jobId: string, handle?: ControlHandle): Promise<void>;
  /** Takes the claims of those of these workers that are gone, each by one of the living only. */
  takeOver(workers: readonly number[], take: TakeClaim): Promise<JobClaim[]>;
  /** Active jobs that nobody has claimed: about to begin, or left by a worker that died before it could say so. */
  unclaimed(): Promise<JobClaim[]>;
  /** Takes a job that is still active and unclaimed. @returns false when it is not: somebody has begun or taken it */
  takeUnclaimed(claim: JobClaim, take: TakeClaim): Promise<boolean>;
  /** Workers that have begun something and are not present now. */
  absentWorkers(): Promise<number[]>;
}

/** The lock on the job's row makes one of two wait: who begins a job, and who takes it for lost. */
const lockActiveSql = `select id from ${queueSchema}.job
  where name = '${queueNames.live}' and id = $1::uuid and state = 'active' for update`;

export function openJobClaims(control: ControlPlane, clock: Clock): JobClaims {
  return {
    claim: ({ jobId, request }) =>
      control.transaction(async (handle) => {
        if ((await handle.query(lockActiveSql, [jobId])).length === 0) return false;
        const claimed = await handle.query(
          `insert into mesh.claims as claim (job_id, worker_id, target, request, claimed_at)
           values ($1, $2::bigint, $3, $4::jsonb, $5)
           on conflict (job_id) do update set claimed_at = excluded.claimed_at
           where claim.worker_id = excluded.worker_id returning job_id`,
          [jobId, control.workerId, request.target, JSON.stringify(request), new Date(clock())],
        );
        // Its own it has when a claim before was kept, and the answer lost.
        return claimed.length > 0;
      }),
    has: async (jobId) => {
      const rows = await control.query("select 1 from mesh.claims where job_id = $1 and worker_id = $2::bigint", [
        jobId,
        control.workerId,
      ]);
      return rows.length > 0;
    },
    release: async (jobId, handle = control) => {
      await handle.query("delete from mesh.claims where job_id = $1", [jobId]);
    },
    takeOver: (workers, take) =>
      control.transaction(async (handle) => {
        const rows = await handle.query<{ job_id: string; request: JobRequest }>(
          `delete from mesh.claims
           where worker_id = any($1::text[]::bigint[]) and worker_id not in (${presentWorkersSql})
           returning job_id, request`,
          [workers.map(String)],
        );
        const claims = rows.map(({ job_id: jobId, request }) => ({ jobId, request }));
        for (const claim of claims) await take(claim, handle);
        return claims;
      }),
    unclaimed: async () => {
      const rows = await control.query<{ id: string; data: JobRequest }>(
        `select id::text, data from ${queueSchema}.job
         where name = '${queueNames.live}' and state = 'active' and id::text not in (select job_id from mesh.claims)`,
      );
      return rows.map(({ id: jobId, data: request }) => ({ jobId, request }));
    },
    takeUnclaimed: (claim, take) =>
      control.transaction(async (handle) => {
        if ((await handle.query(lockActiveSql, [claim.jobId])).length === 0) return false;
        // Asked only now that the row is ours: whoever held it before us may have claimed it.
        const claims = await handle.query("select 1 from mesh.claims where job_id = $1", [claim.jobId]);
        if (claims.length > 0) return false;
        await take(claim, handle);
        return true;
      }),
    absentWorkers: async () => {
      const rows = await control.query<{ worker_id: number }>(
        `select worker_id from mesh.claims where worker_id not in (${presentWorkersSql})
         union
         select worker_id from mesh.run_intake join mesh.runs using (run_id)
         where completed_at is null and worker_id not in (${presentWorkersSql})`,
      );
      return rows.map((row) => row.worker_id);
    },
  };
}
