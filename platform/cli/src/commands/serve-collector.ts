import { serveCollector } from "@thoth/ingest/collector/serve-collector";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { openCollecting } from "../collect-here.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { reachableUrl } from "../listen-address.ts";
import { loadDomains } from "../load-domains.ts";
import { createServerLog } from "../server-log.ts";
import { loadSettings } from "../settings.ts";
import { stopRequested } from "../stop-requested.ts";

export const serveCollectorAlone: Command = {
  name: "mesh serve collector",
  summary: "Take events and telemetry in for all domains, from this process.",
  usage: "",
  details:
    "An event that is answered with 202 is on the disk. The next mesh run lands it. mesh up takes events in by\n" +
    "itself, on its own port, unless this process does it for the same home. mesh collector key add makes a key\n" +
    "for those who send.",
  options: {},
  positionals: [0, 0],
  examples: [["MESH_PORT=4318 mesh serve collector", "where senders of OpenTelemetry look for one"]],
  run: collect,
};

async function collect({ json }: CommandInput, effects: Effects): Promise<number> {
  const settings = await loadSettings(effects.cwd, effects.env);
  const home = meshHome(settings.home);
  const log = createServerLog(effects);
  const domains = await loadDomains(settings);
  await using collecting = await openCollecting({ settings, effects, home, domains, log });
  const { host, port } = settings;
  const onFailure = (failure: unknown) => log.error("the collector failed", { error: String(failure) });
  await using server = await serveCollector({ ...collecting, onFailure, host, port });
  const url = reachableUrl(server.url);
  effects.out(json ? `${JSON.stringify({ url })}\n` : `taking events in at ${url}/events; Ctrl-C stops it\n`);
  await stopRequested(effects.signal);
  effects.err("stopping: letting requests under way finish\n");
  return 0;
}
