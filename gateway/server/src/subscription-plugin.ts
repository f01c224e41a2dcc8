import { randomUUID } from "node:crypto";
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  type GraphQLSchema,
  validateSubscriptionArgs,
} from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { ServerContext } from "./answer-first.ts";
import { consumerOf } from "./consumer.ts";
import { gatewayError } from "./errors.ts";
import { toGraphQLError } from "./graphql-error.ts";
import { type News, type NewsParts, NewsStreams } from "./news-streams.ts";
import type { OpenStreams } from "./open-streams.ts";
import { isBatch } from "./operation-batch.ts";
import type { GatewayContext } from "./request-context.ts";
import { takesStreams } from "./stream-session.ts";

export interface SubscriptionParts extends NewsParts {
  /** The gateway's own schema: it alone has something to listen to. */
  readonly own: GraphQLSchema;
  readonly open: OpenStreams;
}

/** What the fields of a subscription have besides: news, each of which becomes the root of an answer. */
export interface StreamContext {
  readonly streams: {
    published(products: readonly string[] | undefined): AsyncIterable<unknown>;
    changed(products: readonly string[] | undefined): AsyncIterable<unknown>;
    finished(domain: string | undefined): AsyncIterable<unknown>;
  };
}

/**
 * Answers subscriptions from the gateway's own schema, event by event, each as a question of its own would be: with the
 * principal, the decisions and the clock of that moment.
 */
export function answerSubscriptions(parts: SubscriptionParts): Plugin<GatewayContext, ServerContext> {
  return {
    onSubscribe({ args, setSubscribeFn }) {
      const { request, scope, principal, address } = args.contextValue as Asked;
      // Its deadline is for one answer.
      scope[Symbol.dispose]();
      if (isBatch(request)) throw toGraphQLError(gatewayError["stream-in-batch"](undefined), { status: 400 });
      if (!takesStreams(request)) throw toGraphQLError(gatewayError["stream-accept"](undefined), { status: 406 });
      const consumer = consumerOf(principal, address);
      setSubscribeFn((asked: ExecutionArgs) => subscribe(asked, request, { ...parts, consumer }));
    },
  };
}

type Asked = GatewayContext & ServerContext & { readonly request: Request };

async function subscribe(
  asked: ExecutionArgs,
  request: Request,
  parts: SubscriptionParts & { readonly consumer: string },
): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
  const asker = asked.contextValue as Asked;
  const { principal, requestId = randomUUID() } = asker;
  const streams = new NewsStreams({ request, principal, requestId }, parts);
  const contextValue = { ...asker, streams };
  const args = validateSubscriptionArgs({ ...asked, schema: parts.own, contextValue });
  if (!("operation" in args)) return { errors: args };
  const opened = parts.open.open(parts.consumer, request.signal);
  const source = await createSourceEventStream(args);
  if (isAsyncIterable(source)) return events(source as AsyncIterable<News>, args, opened);
  opened[Symbol.dispose]();
  return source as ExecutionResult;
}

async function* events(
  source: AsyncIterable<News>,
  args: Exclude<ReturnType<typeof validateSubscriptionArgs>, readonly unknown[]>,
  opened: Disposable,
): AsyncGenerator<ExecutionResult, void, void> {
  using _ = opened;
  for await (const { value, context } of source)
    yield await executeSubscriptionEvent({ ...args, rootValue: value, contextValue: context });
}
