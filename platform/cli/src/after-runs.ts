import type { JobQueue } from "@thoth/control/job-queue";
import { readDeadJobs } from "@thoth/control/job-queue-tables";
import { openJobQueue } from "@thoth/control/open-job-queue";
import type { Run } from "@thoth/control/run";
import type { Mesh } from "@thoth/pipeline/mesh";
import { followPublishes } from "@thoth/pipeline/orchestrate/follow-publishes";
import { revivedBy } from "@thoth/pipeline/orchestrate/revived-by";

/**
 * Puts into the queue what waits for what these runs published, and forgets that what has succeeded was given up. A
 * worker carries it out, here or elsewhere; without one it waits. The queue is opened only when there is something to do.
 */
export async function afterRuns(
  runs: readonly Run[],
  mesh: Pick<Mesh, "control" | "domains" | "ledger">,
): Promise<void> {
  await using opened = new AsyncDisposableStack();
  let queue: JobQueue | undefined;
  const open = async () => {
    queue ??= opened.use(await openJobQueue(mesh.control, { role: "send", onTrouble: () => undefined }));
    return queue;
  };
  for (const target of revivedBy(runs, await readDeadJobs(mesh.control), mesh.domains))
    await (await open()).forget(target);
  await followPublishes(mesh, open);
}
