import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { freshDomains } from "../fresh-domains.ts";
import { openMesh } from "../open-mesh.ts";
import { createServerLog } from "../server-log.ts";
import { loadSettings } from "../settings.ts";
import { startWorker } from "../start-worker.ts";
import { stopRequested } from "../stop-requested.ts";

export const serveWorker: Command = {
  name: "mesh serve worker",
  summary: "Run what schedules, publishes and people ask for, until Ctrl-C.",
  usage: "",
  details:
    "mesh up includes a worker. With MESH_CONTROL_URL any number of workers share one mesh and one MESH_HOME: runs of one\n" +
    "domain never overlap, and what a worker leaves undone is begun again by another. Without it a worker has the home to itself.\n" +
    "MESH_WORKER_DOMAINS (2) is how many domains run at a time, MESH_RETRY_SECONDS (30) the first wait after a failure.",
  options: {},
  positionals: [0, 0],
  examples: [
    ["MESH_CONTROL_URL=postgres://db/control mesh serve worker", "one of several workers"],
    ["MESH_WORKER_DOMAINS=4 mesh serve worker", "four domains at a time"],
  ],
  run: work,
};

async function work({ json }: CommandInput, effects: Effects): Promise<number> {
  const settings = await loadSettings(effects.cwd, effects.env);
  const log = createServerLog(effects);
  await using mesh = await openMesh(settings, effects, { beside: true });
  const refresh = await freshDomains(mesh.domains, settings);
  await using _ = await startWorker(mesh, { settings, log, signal: effects.signal, refresh });
  const { workerId } = mesh.control;
  effects.out(json ? `${JSON.stringify({ worker: workerId })}\n` : "waiting for work; Ctrl-C stops it\n");
  await stopRequested(effects.signal);
  effects.err("stopping: what runs is ended, and begun again by the next worker\n");
  return 0;
}
