import { setTimeout as wait } from "node:timers/promises";
import { readQueuedJobs } from "@thoth/control/job-queue-tables";
import { watchCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import type { ReadSide } from "@thoth/warehouse/read-side";
import { freshDomains } from "./fresh-domains.ts";
import type { OpenMesh } from "./open-mesh.ts";
import { swapChanged } from "./published-reader.ts";
import type { WorkerSetting } from "./start-worker.ts";

/** The queue's tables keep the control plane busy for a moment; who has waited for the server asks it first. */
const letServeMs = 1_000;

/**
 * A worker beside what serves: loaded and started without anybody waiting for it, and only where there could be
 * something for it to do. On a Postgres control plane other workers may publish as well, so their snapshots are followed.
 */
export async function workBeside(
  mesh: OpenMesh,
  { readSide, ...setting }: Omit<WorkerSetting, "refresh"> & { readonly readSide: ReadSide },
): Promise<AsyncDisposable> {
  const { log, signal, settings } = setting;
  if (mesh.control.kind === "server") {
    const onError = (failure: unknown) => log.error("cannot follow what is published", { error: String(failure) });
    const reader = { readSide, domains: mesh.domains, log };
    watchCurrentSnapshots(mesh.home.snapshotsDir, (current) => swapChanged(current, reader), { signal, onError });
  }
  if (!(await mayNeedWorker(mesh))) return new AsyncDisposableStack();
  const starting = (async () => {
    await wait(letServeMs, undefined, { signal });
    const { startWorker } = await import("./start-worker.ts");
    return startWorker(mesh, { ...setting, refresh: await freshDomains(mesh.domains, settings) });
  })();
  starting.catch((failure) => {
    if (!signal.aborted) log.error("nothing starts by itself: no worker", { error: String(failure) });
  });
  return {
    [Symbol.asyncDispose]: async () => {
      const worker = await starting.catch(() => undefined);
      await worker?.[Symbol.asyncDispose]();
    },
  };
}

/** A schedule, or what waits from before. */
async function mayNeedWorker({ domains, control }: OpenMesh): Promise<boolean> {
  const scheduled = domains.some((domain) =>
    [domain, ...domain.products].some(({ schedule }) => schedule !== undefined),
  );
  return scheduled || (await readQueuedJobs(control)).length > 0;
}
