import { openJobQueue } from "@thoth/control/open-job-queue";
import { patientControl } from "@thoth/control/server-away";
import type { Domain } from "@thoth/pipeline/domain";
import { checkSchedules } from "@thoth/pipeline/orchestrate/check-schedules";
import { openWorker } from "@thoth/pipeline/orchestrate/worker";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { OpenMesh } from "./open-mesh.ts";
import type { Settings } from "./settings.ts";
import { describeEvent, describePresence } from "./worker-text.ts";

export interface WorkerSetting {
  readonly settings: Settings;
  readonly log: ServerLog;
  readonly signal: AbortSignal;
  /** The domains as they are on disk now. */
  readonly refresh: (only?: string) => Promise<readonly Domain[]>;
}

const levels = { lost: "error", overdue: "error", back: "info" } as const;

/** Runs what schedules, publishes and people ask for, until it is disposed. */
export async function startWorker(mesh: OpenMesh, setting: WorkerSetting): Promise<AsyncDisposable> {
  const { settings, log, signal, refresh } = setting;
  checkSchedules(mesh.domains);
  await using opening = new AsyncDisposableStack();
  const onTrouble = (reason: string) => log.error("the job queue is in trouble; it goes on", { reason });
  opening.use(mesh.control.presence.watch((change) => log[levels[change]](describePresence(change), {})));
  const control = patientControl(mesh.control, signal);
  const queue = opening.use(await openJobQueue(control, { role: "work", onTrouble }));
  const { lookEveryMs } = settings.worker;
  const worker = await openWorker({
    mesh: { ...mesh, control },
    queue,
    signal,
    domains: refresh,
    settings: { ...settings.worker, pollSeconds: lookEveryMs / 1000 },
    onEvent: (event) => {
      const { level, message, details } = describeEvent(event);
      log[level](message, details);
    },
  });
  opening.use(worker);
  const resources = opening.move();
  return { [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
