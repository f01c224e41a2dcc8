import { readDeadJobs } from "@thoth/control/job-queue-tables";
import { openJobQueue } from "@thoth/control/open-job-queue";
import type { Run } from "@thoth/control/run";
import type { Mesh } from "@thoth/pipeline/mesh";
import { revivedBy } from "@thoth/pipeline/orchestrate/revived-by";
import { triggeredBy } from "@thoth/pipeline/orchestrate/triggered-by";

/**
 * Puts into the queue what waits for what these runs published, and forgets that what has succeeded was given up. A
 * worker carries it out, here or elsewhere; without one it waits. The queue is opened only when there is something to do.
 */
export async function afterRuns(
  runs: readonly Run[],
  { control, domains }: Pick<Mesh, "control" | "domains">,
): Promise<void> {
  const requests = triggeredBy(runs, domains);
  const revived = revivedBy(runs, await readDeadJobs(control), domains);
  if (requests.length === 0 && revived.length === 0) return;
  await using queue = await openJobQueue(control, { role: "send", onTrouble: () => undefined });
  for (const target of revived) await queue.forget(target);
  for (const request of requests) await queue.send(request);
}
