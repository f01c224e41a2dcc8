import type { RunningServer, SubgraphServerOptions } from "@thoth/subgraph/served-graph";
import { gatewaysRules } from "./document-rules.ts";
import { createGraphqlHandler } from "./graphql-handler.ts";
import { listen } from "./http-listener.ts";
import { ServedVersions } from "./served-versions.ts";
import { completeSettings, type ServerSettings } from "./server-settings.ts";
import { hearRefusals, tellReads } from "./told-reads.ts";

/** Which snapshots are read, the gateway writes down. */
const unknown = new ServedVersions(() => []);

/** The gateway sends thousands of keys at once. */
const bodyLimitBytes = 16 * 1024 * 1024;

/**
 * One domain on its own, for a gateway elsewhere. It checks the caller's token and decides access itself.
 * @throws MeshError `gateway/port-in-use`, `gateway/cannot-listen`
 */
export async function serveSubgraph(options: SubgraphServerOptions & ServerSettings): Promise<RunningServer> {
  const { subgraph, host, port, log } = options;
  const settings = completeSettings({ ...options, limits: { bodyLimitBytes, ...options.limits } });
  const told = tellReads({ ...options, subgraphs: [{ subgraph }] }, { schema: subgraph.schema, versions: unknown });
  const handler = createGraphqlHandler({
    ...options,
    ...hearRefusals(options),
    ...settings,
    plugins: told.auditing,
    schema: subgraph.schema,
    rules: gatewaysRules,
    ready: () => true,
  });
  const server = await listen(handler, { host, port, limits: settings.limits, log });
  log.info("serving domain", { domain: subgraph.domain, url: `${server.url}/graphql` });
  return server;
}
