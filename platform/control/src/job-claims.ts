import type { Clock } from "@thoth/kernel/clock";
import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import type { JobRequest } from "./job-queue.ts";
import { presentWorkersSql } from "./worker-presence.ts";

/** A job that a worker has begun. */
export interface JobClaim {
  readonly jobId: string;
  readonly request: JobRequest;
}

/** Which worker has begun which job, so that the others can see what a dead one left undone. */
export interface JobClaims {
  claim(claim: JobClaim): Promise<void>;
  release(jobId: string): Promise<void>;
  /**
   * Takes the claims of those of these workers that are gone, each by one of the living only; what `take` does and the taking are
   * kept together or not at all.
   */
  takeOver(
    workers: readonly number[],
    take: (claim: JobClaim, handle: ControlHandle) => Promise<void>,
  ): Promise<JobClaim[]>;
  /** Jobs that somebody has begun, alive or not. */
  claimedJobs(): Promise<Set<string>>;
  /** Workers that have begun something and are not present now. */
  absentWorkers(): Promise<number[]>;
}

export function openJobClaims(control: ControlPlane, clock: Clock): JobClaims {
  return {
    claim: async ({ jobId, request }) => {
      await control.query(
        `insert into mesh.claims (job_id, worker_id, target, request, claimed_at)
         values ($1, $2::bigint, $3, $4::jsonb, $5)
         on conflict (job_id) do update set worker_id = excluded.worker_id, claimed_at = excluded.claimed_at`,
        [jobId, control.workerId, request.target, JSON.stringify(request), new Date(clock())],
      );
    },
    release: async (jobId) => {
      await control.query("delete from mesh.claims where job_id = $1", [jobId]);
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
    claimedJobs: async () => {
      const rows = await control.query<{ job_id: string }>("select job_id from mesh.claims");
      return new Set(rows.map((row) => row.job_id));
    },
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
