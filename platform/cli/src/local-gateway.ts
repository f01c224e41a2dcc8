import { meshHome } from "@thoth/pipeline/mesh-home";
import type { GatewayOptions } from "@thoth/subgraph/served-graph";
import type { Effects } from "./effects.ts";
import { forwardAccess } from "./forward-access.ts";
import { gatewayOptions } from "./gateway-options.ts";
import { loadDomains } from "./load-domains.ts";
import { openMeshAccess } from "./mesh-access.ts";
import { openMeshAudit } from "./mesh-audit.ts";
import type { GraphqlRequest, QueryExplanation } from "./mesh-config.ts";
import { openPublished } from "./published-reader.ts";
import { createServerLog } from "./server-log.ts";
import type { Settings } from "./settings.ts";
import { openUsageSink } from "./usage-sink.ts";

/** The gateway without a port, over what is published; beside whatever process owns the home. */
export interface LocalGateway extends AsyncDisposable {
  query(request: GraphqlRequest): Promise<Record<string, unknown>>;
  explain(request: GraphqlRequest): Promise<QueryExplanation>;
}

export async function openLocalGateway(settings: Settings, effects: Effects): Promise<LocalGateway> {
  const log = createServerLog(effects);
  const home = meshHome(settings.home);
  const domains = await loadDomains(settings);
  const { explainOperation, queryGateway } = await settings.servers();
  await using opening = new AsyncDisposableStack();
  const readSide = opening.use(await openPublished(home, domains, log));
  const usage = opening.use(openUsageSink(settings, home, effects.now));
  const access = opening.use(await openMeshAccess(settings, effects, log));
  const audit = opening.use(openMeshAudit(settings, effects, log));
  const ask = forwardAccess(settings, effects);
  const parts = { settings, effects, home, domains, readSide, log, usage, access, audit, askAccess: ask };
  const options: GatewayOptions = { ...(await gatewayOptions(parts)), auditPort: "cli" };
  const resources = opening.move();
  return {
    query: async (request) => ({ ...((await queryGateway(options, request)) as Record<string, unknown>) }),
    explain: (request) => explainOperation(options, request),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
