import { createHash } from "node:crypto";
import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { type ExecutionResult, getOperationAST, parse } from "graphql";
import { type GraphQLParams, isAsyncIterable, type Plugin } from "graphql-yoga";
import type { ServerContext } from "./answer-first.ts";
import { consumerOf } from "./consumer.ts";
import { gatewayError } from "./errors.ts";
import { maxTokens } from "./execution-plugins.ts";
import { toGraphQLError } from "./graphql-error.ts";
import { maskError } from "./mask-error.ts";
import type { OpenStreams } from "./open-streams.ts";
import { isBatch } from "./operation-batch.ts";
import type { PublishFeed } from "./publish-feed.ts";
import type { RateLimits } from "./rate-limits.ts";
import { type GatewayContext, identify } from "./request-context.ts";
import { StreamInbox } from "./stream-inbox.ts";
import { askedAnew, awaken, type SessionOptions, takesStreams } from "./stream-session.ts";
import { asText } from "./written-result.ts";

export interface LiveParts extends SessionOptions {
  readonly feed: PublishFeed;
  readonly open: OpenStreams;
  readonly limits: RateLimits;
}

/** Answers a request once, from its parameters on. */
type Answer = (asked: {
  readonly request: Request;
  readonly params: GraphQLParams;
  readonly context: ServerContext;
}) => Promise<unknown> | unknown;

/**
 * Any query that is sent with `extensions: { live: true }` is answered now, and again whenever what it reads is
 * published or decided anew. Every answer is the one that the same request would get at that moment.
 */
export function answerLiveQueries(parts: LiveParts): Plugin<GatewayContext, ServerContext> {
  return {
    onParams({ request, params, paramsHandler, setParamsHandler }) {
      if (!isLive(params)) return;
      if (isBatch(request)) throw toGraphQLError(gatewayError["stream-in-batch"](undefined), { status: 400 });
      if (!takesStreams(request)) throw toGraphQLError(gatewayError["stream-accept"](undefined), { status: 406 });
      setParamsHandler(async (asked) => {
        if (!isQuery(asked.params)) return paramsHandler(asked);
        const { principal } = await identify(request, parts.options);
        const consumer = consumerOf(principal, (asked.context as ServerContext).address);
        return answers(paramsHandler as Answer, asked, {
          ...parts,
          consumer,
          opened: parts.open.open(consumer, request.signal),
        }) as never;
      });
    },
  };
}

/** What changes something must happen once. What cannot be parsed is told so by who answers once. */
function isQuery({ query, operationName }: GraphQLParams): boolean {
  try {
    return getOperationAST(parse(query ?? "", { maxTokens }), operationName)?.operation === "query";
  } catch {
    return false;
  }
}

/** @param params whatever was sent */
export function isLive(params: GraphQLParams | null | undefined): boolean {
  return params?.extensions?.live === true;
}

interface OpenedParts extends LiveParts {
  readonly consumer: string;
  readonly opened: Disposable;
}

/** Nobody else hears of what fails between two answers. */
async function* answers(
  answer: Answer,
  asked: Parameters<Answer>[0],
  parts: OpenedParts,
): AsyncGenerator<ExecutionResult, void, void> {
  const { log, limits } = parts.options;
  using _ = parts.opened;
  try {
    yield* changedAnswers(answer, asked, parts);
  } catch (error) {
    yield { errors: [maskError(error, { log, bodyLimitBytes: limits.bodyLimitBytes })] };
  }
}

async function* changedAnswers(
  answer: Answer,
  { request, params, context }: Parameters<Answer>[0],
  { consumer, ...parts }: OpenedParts,
): AsyncGenerator<ExecutionResult, void, void> {
  const inbox = new StreamInbox<Snapshot>();
  using _ = parts.feed.follow((snapshot) => inbox.put(`${snapshot.domain}/${snapshot.product}`, snapshot));
  const shown = new ShownAnswer();
  for await (const session of awaken(request, inbox, parts)) {
    if (!shown.isOutdated(inbox, session)) continue;
    // The first was counted when it came.
    if (shown.isThere && !parts.limits.mayTake(consumer, { requests: 1 })) continue;
    inbox.take();
    const onDecide = shown.begin();
    const result = await answer({ request: askedAnew(request), params, context: { ...context, onDecide } });
    if (isAsyncIterable(result)) return;
    const next = shown.next(result as ExecutionResult);
    if (next !== undefined) yield next;
    if (isEnd(result as ExecutionResult)) return;
  }
}

/** A refusal of the whole will not get better, and what may not be read any more is the end of its stream. */
function isEnd({ data, errors = [] }: ExecutionResult): boolean {
  if (data === undefined || data === null) return true;
  return errors.some(({ extensions }) => String(extensions.code).startsWith("access/"));
}

/** What the reader has seen last, and what it was made from. */
class ShownAnswer {
  #decided = new Map<ProductModel, Decision>();
  #digest: string | undefined;

  get isThere(): boolean {
    return this.#digest !== undefined;
  }

  /** @returns what notes the decisions of the answer that is made next */
  begin(): (product: ProductModel, decision: Decision) => void {
    const decided = new Map<ProductModel, Decision>();
    this.#decided = decided;
    return (product, decision) => void decided.set(product, decision);
  }

  isOutdated(inbox: StreamInbox<Snapshot>, { decide }: Pick<GatewayContext, "decide">): boolean {
    if (!this.isThere) return true;
    const products = [...this.#decided.keys()];
    const isRead = ({ domain, product }: Snapshot) =>
      products.length === 0 || products.some((model) => model.domain === domain && model.product === product);
    return (
      inbox.some(isRead) ||
      [...this.#decided].some(([product, before]) => decide(product).fingerprint !== before.fingerprint)
    );
  }

  /** @returns undefined when it is what was seen last */
  next(result: ExecutionResult): ExecutionResult | undefined {
    const shown = asText(result) as ExecutionResult & { readonly stringify?: (result: ExecutionResult) => string };
    const text = shown.stringify?.(shown) ?? JSON.stringify(shown);
    const digest = createHash("sha256").update(text).digest("base64");
    if (digest === this.#digest) return undefined;
    this.#digest = digest;
    return shown;
  }
}
