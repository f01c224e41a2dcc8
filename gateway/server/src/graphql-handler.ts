import type { ServerOptions } from "@thoth/subgraph/served-graph";
import type { GraphQLSchema } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import type { ServerContext } from "./answer-first.ts";
import { limitAnswers } from "./answer-size.ts";
import type { DocumentRules } from "./document-rules.ts";
import { announceTruncations, applyRules, explainVariables, releaseRequests } from "./execution-plugins.ts";
import { maskError } from "./mask-error.ts";
import { documentIdParameter } from "./persisted-documents.ts";
import { createRequestContext, type GatewayContext } from "./request-context.ts";
import { refuseOtherRequests } from "./request-rules.ts";
import { secureResponses } from "./response-headers.ts";
import { type Page, servePaths } from "./served-paths.ts";
import type { CompleteSettings } from "./server-settings.ts";
import { type Remember, sendWrittenResults } from "./written-result.ts";

export interface HandlerOptions
  extends Pick<ServerOptions, "engine" | "authenticate" | "credentialRefused" | "clock" | "log">,
    CompleteSettings {
  readonly schema: GraphQLSchema;
  readonly rules: DocumentRules;
  readonly ready: () => boolean;
  /** What whoever asks for readiness is told besides, a line each. */
  readonly remarks?: () => readonly string[];
  /** Path → page, for readers with a browser. */
  readonly pages?: Readonly<Record<string, Page>>;
  /** Asked before everything else. */
  readonly plugins?: readonly Plugin<GatewayContext>[];
  readonly remember?: Remember;
  /** Operations that one request may hold; lists of them are refused when absent. */
  readonly batch?: number;
}

/** GraphQL over HTTP at `/graphql`, `/healthz` (the process lives) and `/readyz` (it can answer). */
export function createGraphqlHandler({
  schema,
  rules,
  ready,
  remarks = () => [],
  pages = {},
  plugins = [],
  remember = () => undefined,
  batch = 0,
  ...options
}: HandlerOptions) {
  const { answerBytes, bodyLimitBytes } = options.limits;
  const rulesOfRequests = { batch, origins: options.policy.origins };
  return createYoga<ServerContext, GatewayContext>({
    schema,
    graphqlEndpoint: "/graphql",
    healthCheckEndpoint: "/healthz",
    graphiql: false,
    landingPage: false,
    batching: batch > 0 && { limit: batch },
    extraParamNames: [documentIdParameter],
    multipart: false,
    cors: false,
    logging: false,
    maxRequestBodySize: bodyLimitBytes,
    maskedErrors: { maskError: (error) => maskError(error, { log: options.log, bodyLimitBytes }) },
    context: ({ request, onDecide }) => createRequestContext(request, options, { onDecide }),
    plugins: [
      ...plugins,
      servePaths({ ready, remarks, pages }),
      refuseOtherRequests(rulesOfRequests),
      applyRules(rules),
      explainVariables(),
      limitAnswers(answerBytes),
      announceTruncations(),
      releaseRequests(),
      secureResponses(),
      sendWrittenResults(remember),
    ],
  });
}
