import type { ControlPlane } from "./control-plane.ts";
import type { JobQueue, JobQueueOptions } from "./job-queue.ts";

/** Opens the queue on the control plane. pg-boss is loaded now, and not before: most processes need no queue. */
export async function openJobQueue(control: ControlPlane, options: JobQueueOptions): Promise<JobQueue> {
  return (await import("./job-queue-boss.ts")).openBossQueue(control, options);
}
