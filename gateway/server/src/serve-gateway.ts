import type { SqlProblem } from "@thoth/access/secured-sql/secured-sql";
import type { GatewayOptions, PlacedSubgraph, RunningServer, ServerLog } from "@thoth/subgraph/served-graph";
import type { SqlSource } from "@thoth/subgraph/served-sql";
import type { GraphQLSchema } from "graphql";
import type { Plugin } from "graphql-yoga";
import { AnswerCache } from "./answer-cache.ts";
import { answerFirst } from "./answer-first.ts";
import { Catalog } from "./catalog.ts";
import { collectFirst } from "./collect-first.ts";
import { composeSchema } from "./compose-schema.ts";
import { allowOrigins } from "./cross-origin.ts";
import { deferAnswers } from "./deferred-answers.ts";
import { announceDeprecations } from "./deprecation-plugin.ts";
import { explainRetired } from "./deprecation-retired.ts";
import { buildDiscoverySchema } from "./discovery-schema.ts";
import { checkDocument, type DocumentProblem } from "./document-check.ts";
import { readersRules } from "./document-rules.ts";
import { openingQuery } from "./example-query.ts";
import { oneErrorPerFailure } from "./execution-plugins.ts";
import { explainQuery, type QueryExplanation } from "./explain-query.ts";
import { FilePort } from "./files/file-port.ts";
import { filesFirst } from "./files/files-first.ts";
import { graphiqlPage } from "./graphiql-page.ts";
import { createGraphqlHandler } from "./graphql-handler.ts";
import { homePage, isExplorable } from "./home-page.ts";
import { listen } from "./http-listener.ts";
import { createPlanner, plannedAnswers } from "./planned-answers.ts";
import { policyPlugins } from "./policy-plugins.ts";
import { RateLimits } from "./rate-limits.ts";
import type { GatewayContext } from "./request-context.ts";
import { ServedVersions } from "./served-versions.ts";
import { completeSettings, type ServerSettings } from "./server-settings.ts";
import { settleConditions } from "./settled-conditions.ts";
import { openSqlPort } from "./sql-port/open-sql-port.ts";
import { hearRefusals, tellReads } from "./told-reads.ts";

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
function composeGateway(given: GatewaySettings) {
  const settings = completeSettings(given);
  const options = { ...given, ...hearRefusals(given) };
  const catalog = new Catalog(options.catalog, options.glossary, options.snapshots);
  const models = options.catalog.map(({ model }) => model);
  const { remoteTimeoutMs } = settings.limits;
  const own = buildDiscoverySchema(catalog, options.access);
  const schema = composeSchema(options.subgraphs, own, { remoteTimeoutMs, log: options.log });
  const versions = new ServedVersions(options.snapshots);
  const told = tellReads(options, { schema, versions });
  const cacheBytes = settings.cacheBytes / 2;
  const limits = new RateLimits(settings.policy.rates, options.clock);
  const answers = new AnswerCache({ ...options, ...settings, ...told, versions, maxBytes: cacheBytes, limits });
  const planned = createPlanner({ subgraphs: options.subgraphs, schema, versions, ...settings, cacheBytes });
  const server = createGraphqlHandler({
    ...options,
    ...settings,
    remember: (key, answer) => answers.remember(key, answer),
    schema,
    rules: readersRules,
    ready: () => options.stopping?.aborted !== true && options.snapshots().length > 0 && sqlFollows(options.sql),
    remarks: () => (options.sql?.securedSql.problems() ?? []).map(remarkOf),
    batch: settings.limits.batch,
    pages: {
      "/": homePage(catalog, { clock: options.clock, ...settings }),
      ...(isExplorable(settings.policy) && { "/graphql": graphiqlPage(openingQuery(models, settings.decide)) }),
    },
    plugins: [
      operatorPort(options),
      ...policyPlugins({ ...options, ...settings }, { own, catalog, limits, trail: told.trail }),
      ...told.counting,
      settleConditions(),
      ...(settings.plans ? [plannedAnswers(planned, { versions, limits })] : []),
      ...told.auditing,
      ...announceDeprecations(
        schema,
        options.subgraphs.map(({ subgraph }) => subgraph),
      ),
      ...explainRetired(options.catalog),
      deferAnswers({ schema, rules: readersRules, versions }),
      oneErrorPerFailure(),
    ],
  });
  const heard = { ...options, ...settings, ...hearRefusals(given, "files"), ...(told.trail && { audit: told.trail }) };
  const files = options.files && new FilePort({ ...heard, files: options.files, rates: limits });
  const sqlPort = async () => options.sql && openSqlPort(options.sql, { ...heard, audit: told.trail, rates: limits });
  return { server, answers, schema, planned, files, sqlPort };
}

/**
 * @throws MeshError `gateway/port-in-use`, `gateway/cannot-listen` and those of `createGateway`
 */
export async function serveGateway(options: GatewayOptions & ServerSettings): Promise<RunningServer> {
  const { host, port, log } = options;
  const stopping = new AbortController();
  const { limits, policy } = completeSettings(options);
  await using opening = new AsyncDisposableStack();
  const { server: gateway, answers, files, sqlPort } = composeGateway({ ...options, stopping: stopping.signal });
  const withFiles = filesFirst(answerFirst(gateway, answers, policy.trustedProxies), files, { ...policy, log });
  const inner = collectFirst(withFiles, options.collector);
  const { origins, trustedProxies } = policy;
  const server = opening.use(await listen(allowOrigins(inner, origins), { host, port, limits, trustedProxies, log }));
  const sql = opening.use(await sqlPort());
  opening.move();
  log.info("gateway is up", { url: server.url, domains: options.subgraphs.length });
  return {
    url: server.url,
    ...(sql && { sqlUrl: sql.url }),
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await Promise.all([server[Symbol.asyncDispose](), sql?.[Symbol.asyncDispose]()]);
      await files?.[Symbol.asyncDispose]();
      await gateway.dispose();
    },
  };
}

/**
 * Composes the subgraphs as the gateway would, and throws what it would throw.
 * @throws MeshError `gateway/type-conflict`, `gateway/key-conflict`, `gateway/name-reserved`
 */
export function checkSubgraphs(subgraphs: readonly PlacedSubgraph[]): void {
  schemaOf(subgraphs);
}

/**
 * What is wrong with documents, text by text; empty where one would be answered.
 * @throws MeshError as `checkSubgraphs`
 */
export function checkDocuments(subgraphs: readonly PlacedSubgraph[], texts: readonly string[]): DocumentProblem[][] {
  const schema = schemaOf(subgraphs);
  return texts.map((text) => checkDocument(schema, text));
}

function schemaOf(subgraphs: readonly PlacedSubgraph[]): GraphQLSchema {
  const own = buildDiscoverySchema(new Catalog([], [], () => []));
  return composeSchema(subgraphs, own, { ...completeSettings({}).limits, log: silentLog });
}

const silentLog: ServerLog = { info: () => undefined, error: () => undefined };

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly token: string | undefined;
  readonly purpose?: string | undefined;
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
  { query, variables, token, purpose }: GraphqlRequest,
): Promise<unknown> {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(purpose === undefined ? {} : { "x-mesh-purpose": purpose }),
  };
  const request = { method: "POST", headers, body: JSON.stringify({ query, variables }) };
  await using gateway = createGateway(options);
  const response = await gateway.fetch("http://mesh.localhost/graphql", request);
  return await response.json();
}

/** Whether SQL shows what the other ports show, but for what is damaged. */
function sqlFollows(sql: SqlSource | undefined): boolean {
  return sql === undefined || sql.securedSql.problems().every(({ isDamaged }) => isDamaged);
}

function remarkOf({ product = "products" }: SqlProblem): string {
  return `SQL shows an older state of ${product}; the log says why`;
}

function operatorPort({ operator }: GatewayOptions): Plugin<GatewayContext> {
  return {
    async onRequest({ request, endResponse }) {
      const response = await operator?.(request);
      if (response !== undefined) endResponse(response);
    },
  };
}
