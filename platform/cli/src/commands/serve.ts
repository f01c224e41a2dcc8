import { meshHome } from "@thoth/pipeline/mesh-home";
import type { GatewayOptions } from "@thoth/subgraph/served-graph";
import { watchCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { openFileSources } from "../file-sources.ts";
import { forwardAccess } from "../forward-access.ts";
import { domainSubgraph, type GatewayParts, gatewayOptions, serverOptions } from "../gateway-options.ts";
import { reachableUrl } from "../listen-address.ts";
import { loadDomains } from "../load-domains.ts";
import { openMeshAccess } from "../mesh-access.ts";
import { openMeshAudit } from "../mesh-audit.ts";
import { openPublished, swapChanged } from "../published-reader.ts";
import { createServerLog } from "../server-log.ts";
import { loadSettings } from "../settings.ts";
import { openSqlSource } from "../sql-source.ts";
import { stopRequested } from "../stop-requested.ts";
import { openUsageSink } from "../usage-sink.ts";

export const serve: Command = {
  name: "mesh serve",
  summary: "Serve what is published from this process, without running pipelines.",
  usage: "gateway | domain <name> | collector",
  details:
    "domain serves one domain's subgraph for a gateway elsewhere, which finds it through\n" +
    "MESH_SUBGRAPHS=<name>=<url>. gateway serves SQL too, on MESH_SQL_PORT (5433; off for none). Both follow what\n" +
    "other processes publish into the same home.\n" +
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
  using access = await openMeshAccess(settings, effects, log);
  await using audit = openMeshAudit(settings, effects, log);
  const askAccess = forwardAccess(settings, effects);
  const parts = { settings, effects, home, domains, readSide, log, usage, access, audit, askAccess };
  await using files = name === undefined ? await openFileSources(parts) : undefined;
  await using sql = name === undefined ? await openSqlSource(parts) : undefined;
  await using server = await startServer(name, { ...parts, ...(files && { files }), ...(sql && { sql }) });
  const url = `${reachableUrl(server.url)}/graphql`;
  const sqlUrl = server.sqlUrl && reachableUrl(server.sqlUrl);
  effects.out(
    json ? `${JSON.stringify({ url, ...(sqlUrl && { sql: sqlUrl }) })}\n` : describePart(name, [url, sqlUrl]),
  );
  const { signal } = effects;
  const onError = (failure: unknown) => log.error("cannot follow what is published", { error: String(failure) });
  watchCurrentSnapshots(home.snapshotsDir, (current) => swapChanged(current, { readSide, domains: served, log }), {
    signal,
    onError,
  });
  await stopRequested(signal);
  return 0;
}

function describePart(name: string | undefined, urls: readonly (string | undefined)[]): string {
  const places = urls.filter((url) => url !== undefined).join(" and ");
  return `serving ${name ?? "the gateway"} at ${places}; Ctrl-C stops it\n`;
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

async function startServer(name: string | undefined, parts: GatewayParts & Pick<GatewayOptions, "files" | "sql">) {
  const { settings, domains, files, sql } = parts;
  const servers = await settings.servers();
  const domain = domains.find((candidate) => candidate.name === name);
  if (domain === undefined)
    return servers.serveGateway({ ...(await gatewayOptions(parts)), ...(files && { files }), ...(sql && { sql }) });
  const subgraph = await domainSubgraph(settings.root, domain, domains);
  return servers.serveSubgraph({ ...serverOptions(parts), subgraph, ...(parts.audit && { audit: parts.audit }) });
}
