import { meshHome } from "@thoth/pipeline/mesh-home";
import type { Effects } from "./effects.ts";
import { gatewayOptions } from "./gateway-options.ts";
import { loadDomains } from "./load-domains.ts";
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
  const options = await gatewayOptions({ settings, effects, home, domains, readSide, log, usage });
  const resources = opening.move();
  return {
    query: async (request) => ({ ...((await queryGateway(options, request)) as Record<string, unknown>) }),
    explain: (request) => explainOperation(options, request),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
