import type { GatewayOptions, PlacedSubgraph, RunningServer, ServerLog } from "@thoth/subgraph/served-graph";
import type { GraphQLSchema } from "graphql";
import type { Plugin } from "graphql-yoga";
import { AnswerCache } from "./answer-cache.ts";
import { answerFirst } from "./answer-first.ts";
import { Catalog } from "./catalog.ts";
import { collectFirst } from "./collect-first.ts";
import { composeSchema } from "./compose-schema.ts";
import { announceDeprecations } from "./deprecation-plugin.ts";
import { explainRetired } from "./deprecation-retired.ts";
import { buildDiscoverySchema } from "./discovery-schema.ts";
import { readersRules } from "./document-rules.ts";
import { openingQuery } from "./example-query.ts";
import { oneErrorPerFailure } from "./execution-plugins.ts";
import { explainQuery, type QueryExplanation } from "./explain-query.ts";
import { graphiqlPage } from "./graphiql-page.ts";
import { createGraphqlHandler } from "./graphql-handler.ts";
import { homePage } from "./home-page.ts";
import { listen } from "./http-listener.ts";
import { createPlanner, plannedAnswers } from "./planned-answers.ts";
import type { GatewayContext } from "./request-context.ts";
import { ServedVersions } from "./served-versions.ts";
import { completeSettings, type ServerSettings } from "./server-settings.ts";
import { settleConditions } from "./settled-conditions.ts";
import { openUsageRecorder, recordUses, type UsageRecorder, type Use } from "./usage-recorder.ts";

export interface GatewaySettings extends GatewayOptions, ServerSettings {
  /** Aborted when the server begins to stop: from then on it is not ready. */
  readonly stopping?: AbortSignal;
}

/**
 * The gateway as a function from request to response; `serveGateway` puts it on a port. Disposing it saves the uses it
 * has counted.
 * @throws MeshError `gateway/type-conflict`, `gateway/key-conflict`, `gateway/name-reserved`
 */
export function createGateway(options: GatewaySettings) {
  return composeGateway(options).server;
}

/** The gateway, and what it remembers. */
function composeGateway(options: GatewaySettings) {
  const settings = completeSettings(options);
  const catalog = new Catalog(options.catalog, options.glossary, options.snapshots);
  const models = options.catalog.map(({ model }) => model);
  const { remoteTimeoutMs } = settings.limits;
  const own = buildDiscoverySchema(catalog);
  const schema = composeSchema(options.subgraphs, own, { remoteTimeoutMs, log: options.log });
  const versions = new ServedVersions(options.snapshots);
  const usage = usageOf(options, schema);
  const cacheBytes = settings.cacheBytes / 2;
  const recordUse = (use: Use) => usage?.recordUse(use);
  const answers = new AnswerCache({ ...options, ...settings, versions, maxBytes: cacheBytes, recordUse });
  const planned = createPlanner({ subgraphs: options.subgraphs, schema, versions, ...settings, cacheBytes });
  const server = createGraphqlHandler({
    ...options,
    ...settings,
    remember: (key, answer) => answers.remember(key, answer),
    schema,
    rules: readersRules,
    ready: () => options.stopping?.aborted !== true && options.snapshots().length > 0,
    pages: {
      "/": homePage(catalog, { clock: options.clock, decide: settings.decide }),
      "/graphql": graphiqlPage(openingQuery(models, settings.decide)),
    },
    plugins: [
      operatorPort(options),
      ...(usage === undefined ? [] : [recordUses(usage)]),
      settleConditions(),
      ...(settings.plans ? [plannedAnswers(planned, versions)] : []),
      ...announceDeprecations(
        schema,
        options.subgraphs.map(({ subgraph }) => subgraph),
      ),
      ...explainRetired(options.catalog),
      oneErrorPerFailure(),
    ],
  });
  return { server, answers, schema, planned };
}

/**
 * @throws MeshError `gateway/port-in-use`, `gateway/cannot-listen` and those of `createGateway`
 */
export async function serveGateway(options: GatewayOptions & ServerSettings): Promise<RunningServer> {
  const { host, port, log } = options;
  const stopping = new AbortController();
  const { server: gateway, answers } = composeGateway({ ...options, stopping: stopping.signal });
  const server = await listen(collectFirst(answerFirst(gateway, answers), options.collector), {
    host,
    port,
    drainMs: completeSettings(options).limits.drainMs,
  });
  log.info("gateway is up", { url: server.url, domains: options.subgraphs.length });
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await server[Symbol.asyncDispose]();
      await gateway.dispose();
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

/**
 * Says how an operation would be answered, without answering it.
 * @throws GraphQLError when the token is not valid
 */
export async function explainOperation(options: GatewaySettings, request: GraphqlRequest): Promise<QueryExplanation> {
  const gateway = composeGateway(options);
  await using _ = gateway.server;
  return await explainQuery(gateway, { ...options, ...completeSettings(options) }, request);
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
  await using gateway = createGateway(options);
  const response = await gateway.fetch("http://mesh.localhost/graphql", request);
  return await response.json();
}

function usageOf({ usage, subgraphs, log }: GatewaySettings, schema: GraphQLSchema): UsageRecorder | undefined {
  if (usage === undefined) return undefined;
  const domains = subgraphs.map(({ subgraph }) => subgraph);
  return openUsageRecorder({ schema, subgraphs: domains, sink: usage, log });
}

function operatorPort({ operator }: GatewayOptions): Plugin<GatewayContext> {
  return {
    async onRequest({ request, endResponse }) {
      const response = await operator?.(request);
      if (response !== undefined) endResponse(response);
    },
  };
}
