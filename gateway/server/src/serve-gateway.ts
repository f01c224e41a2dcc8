import type { GatewayOptions, PlacedSubgraph, RunningServer, ServerLog } from "@thoth/subgraph/served-graph";
import type { Plugin } from "graphql-yoga";
import { Catalog } from "./catalog.ts";
import { composeSchema } from "./compose-schema.ts";
import { buildDiscoverySchema } from "./discovery-schema.ts";
import { readersRules } from "./document-rules.ts";
import { openingQuery } from "./example-query.ts";
import { oneErrorPerFailure } from "./execution-plugins.ts";
import { graphiqlPage } from "./graphiql-page.ts";
import { createGraphqlHandler } from "./graphql-handler.ts";
import { homePage } from "./home-page.ts";
import { listen } from "./http-listener.ts";
import { plannedAnswers } from "./planned-answers.ts";
import type { GatewayContext } from "./request-context.ts";
import { completeSettings, type ServerSettings } from "./server-settings.ts";

export interface GatewaySettings extends GatewayOptions, ServerSettings {
  /** Aborted when the server begins to stop: from then on it is not ready. */
  readonly stopping?: AbortSignal;
}

/**
 * The gateway as a function from request to response; `serveGateway` puts it on a port.
 * @throws MeshError `gateway/type-conflict`, `gateway/key-conflict`, `gateway/name-reserved`
 */
export function createGateway(options: GatewaySettings) {
  const settings = completeSettings(options);
  const catalog = new Catalog(options.catalog, options.glossary, options.snapshots);
  const models = options.catalog.map(({ model }) => model);
  const { remoteTimeoutMs } = settings.limits;
  const own = buildDiscoverySchema(catalog);
  const schema = composeSchema(options.subgraphs, own, { remoteTimeoutMs, log: options.log });
  return createGraphqlHandler({
    ...options,
    ...settings,
    schema,
    rules: readersRules,
    ready: () => options.stopping?.aborted !== true && options.snapshots().length > 0,
    pages: {
      "/": homePage(catalog, { clock: options.clock, decide: settings.decide }),
      "/graphql": graphiqlPage(openingQuery(models, settings.decide)),
    },
    plugins: [
      operatorPort(options),
      ...(settings.plans ? [plannedAnswers(options.subgraphs, schema)] : []),
      oneErrorPerFailure(),
    ],
  });
}

/**
 * @throws MeshError `gateway/port-in-use`, `gateway/cannot-listen` and those of `createGateway`
 */
export async function serveGateway(options: GatewayOptions & ServerSettings): Promise<RunningServer> {
  const { host, port, log } = options;
  const stopping = new AbortController();
  const gateway = createGateway({ ...options, stopping: stopping.signal });
  const server = await listen(gateway, { host, port, drainMs: completeSettings(options).limits.drainMs });
  log.info("gateway is up", { url: server.url, domains: options.subgraphs.length });
  return {
    url: server.url,
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      return server[Symbol.asyncDispose]();
    },
  };
}

/**
 * Composes the subgraphs as the gateway would, and throws what it would throw.
 * @throws MeshError `gateway/type-conflict`, `gateway/key-conflict`, `gateway/name-reserved`
 */
export function checkSubgraphs(subgraphs: readonly PlacedSubgraph[]): void {
  const own = buildDiscoverySchema(new Catalog([], [], () => []));
  composeSchema(subgraphs, own, { ...completeSettings({}).limits, log: silentLog });
}

const silentLog: ServerLog = { info: () => undefined, error: () => undefined };

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly token: string | undefined;
}

/** Answers one operation without a port, with everything that a request over HTTP goes through. */
export async function queryGateway(
  options: GatewaySettings,
  { query, variables, token }: GraphqlRequest,
): Promise<unknown> {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const request = { method: "POST", headers, body: JSON.stringify({ query, variables }) };
  const response = await createGateway(options).fetch("http://mesh.localhost/graphql", request);
  return response.json();
}

function operatorPort({ operator }: GatewayOptions): Plugin<GatewayContext> {
  return {
    async onRequest({ request, endResponse }) {
      const response = await operator?.(request);
      if (response !== undefined) endResponse(response);
    },
  };
}
