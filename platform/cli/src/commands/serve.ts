import { meshHome } from "@thoth/pipeline/mesh-home";
import { watchCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { domainSubgraph, type GatewayParts, gatewayOptions, serverOptions } from "../gateway-options.ts";
import { reachableUrl } from "../listen-address.ts";
import { loadDomains } from "../load-domains.ts";
import { openPublished, swapChanged } from "../published-reader.ts";
import { createServerLog } from "../server-log.ts";
import { loadSettings } from "../settings.ts";
import { stopRequested } from "../stop-requested.ts";
import { openUsageSink } from "../usage-sink.ts";

export const serve: Command = {
  name: "mesh serve",
  summary: "Serve what is published from this process, without running pipelines.",
  usage: "gateway | domain <name> | collector",
  details:
    "domain serves one domain's subgraph for a gateway elsewhere, which finds it through\n" +
    "MESH_SUBGRAPHS=<name>=<url>. Both follow what other processes publish into the same home.\n" +
    "collector takes events in; see mesh serve collector --help.",
  options: {},
  positionals: [1, 2],
  examples: [
    ["MESH_PORT=4101 mesh serve domain splashkit-usage", "one domain on its own port"],
    ["MESH_SUBGRAPHS=splashkit-usage=http://127.0.0.1:4101/graphql mesh serve gateway", "a gateway that asks it"],
  ],
  run: servePart,
};

async function servePart({ positionals, json }: CommandInput, effects: Effects): Promise<number> {
  const name = parsePart(positionals);
  const settings = await loadSettings(effects.cwd, effects.env);
  const log = createServerLog(effects);
  const home = meshHome(settings.home);
  const domains = await loadDomains(settings);
  const served = name === undefined ? domains : domains.filter((domain) => domain.name === name);
  if (name !== undefined && served.length === 0)
    throw cliError["unknown-domain"]({ name, known: domains.map((domain) => domain.name) });
  await using readSide = await openPublished(home, served, log);
  await using usage = openUsageSink(settings, home, effects.now);
  await using server = await startServer(name, { settings, effects, home, domains, readSide, log, usage });
  const url = `${reachableUrl(server.url)}/graphql`;
  effects.out(json ? `${JSON.stringify({ url })}\n` : `serving ${name ?? "the gateway"} at ${url}; Ctrl-C stops it\n`);
  const { signal } = effects;
  const onError = (failure: unknown) => log.error("cannot follow what is published", { error: String(failure) });
  watchCurrentSnapshots(home.snapshotsDir, (current) => swapChanged(current, { readSide, domains: served, log }), {
    signal,
    onError,
  });
  await stopRequested(signal);
  return 0;
}

/** @returns the domain's name; undefined for the gateway */
function parsePart([part = "", name]: readonly string[]): string | undefined {
  if (part === "gateway" && name === undefined) return undefined;
  if (part === "domain" && name !== undefined) return name;
  const problem = {
    gateway: "mesh serve gateway takes no name: it serves all domains",
    domain: "mesh serve domain needs the name of one",
  }[part];
  throw usage(serve, problem ?? `mesh serve ${part} is neither gateway nor domain`);
}

async function startServer(name: string | undefined, parts: GatewayParts) {
  const { settings, domains } = parts;
  const servers = await settings.servers();
  const domain = domains.find((candidate) => candidate.name === name);
  if (domain === undefined) return servers.serveGateway(await gatewayOptions(parts));
  const subgraph = await domainSubgraph(settings.root, domain, domains);
  return servers.serveSubgraph({ ...(await serverOptions(parts)), subgraph });
}
