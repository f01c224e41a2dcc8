import type { ProductModel } from "@thoth/contract/product-model";
import { type ExecutionArgs, type ExecutionResult, GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import { type GraphQLParams, isAsyncIterable, type Plugin } from "graphql-yoga";
import type { ServerContext } from "./answer-first.ts";
import { type DeferredParts, type LaterPart, splitDeferred, withoutDefer } from "./deferred-parts.ts";
import { type DocumentRules, judgeDocument } from "./document-rules.ts";
import { gatewayError } from "./errors.ts";
import { maxTokens } from "./execution-plugins.ts";
import { toGraphQLError } from "./graphql-error.ts";
import { incrementalFormat, type PartResult } from "./incremental-format.ts";
import { isLive } from "./live-queries.ts";
import { isBatch } from "./operation-batch.ts";
import type { GatewayContext } from "./request-context.ts";
import type { ServedVersions } from "./served-versions.ts";

export interface DeferParts {
  readonly schema: GraphQLSchema;
  readonly rules: DocumentRules;
  readonly versions: ServedVersions;
}

/** Answers a request once, from its parameters on. */
type Answer = (asked: Asked) => Promise<unknown> | unknown;

interface Asked {
  readonly request: Request;
  readonly params: GraphQLParams;
  readonly context: ServerContext;
}

/**
 * Sends what is deferred after the rest, to those who take answers in parts (`accept: multipart/mixed`); all others get
 * one answer. Each part is an operation of its own, planned and decided as such.
 */
export function deferAnswers(parts: DeferParts): Plugin<GatewayContext, ServerContext> {
  return {
    onParams({ request, paramsHandler, setParamsHandler }) {
      if (!/multipart\/mixed/i.test(request.headers.get("accept") ?? "") || isBatch(request)) return;
      const answer = paramsHandler as Answer;
      setParamsHandler((async (asked: Asked) => {
        const split = splitAsked(asked.params, parts);
        return split === undefined ? answer(asked) : answerInParts(split, { asked, answer, versions: parts.versions });
      }) as never);
    },
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args: ExecutionArgs) => executeFn({ ...args, document: withoutDefer(args.document) }));
    },
  };
}

/** @returns undefined for what is answered, or refused, in one piece */
function splitAsked(params: GraphQLParams, { schema, rules }: DeferParts): DeferredParts | undefined {
  const { query, operationName, variables } = params;
  if (typeof query !== "string" || !query.includes("@defer") || isLive(params)) return undefined;
  try {
    const document = parse(query, { maxTokens });
    if (judgeDocument(document, rules).length > 0 || validate(schema, document).length > 0) return undefined;
    return splitDeferred(document, operationName ?? undefined, variables ?? {});
  } catch (error) {
    // Who answers in one piece says what is wrong with it.
    if (error instanceof GraphQLError || error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Answering {
  readonly asked: Asked;
  readonly answer: Answer;
  readonly versions: ServedVersions;
}

async function answerInParts({ first, later }: DeferredParts, answering: Answering): Promise<unknown> {
  const reads = new Set<ProductModel>();
  const before = answering.versions.all();
  const result = await answerPart(first, answering, reads);
  // Nothing was answered, so nothing follows.
  if (isAsyncIterable(result) || result.data === undefined || result.data === null) return result;
  const isStill = () => {
    const now = answering.versions.all();
    return [...reads].every((model) => now.get(nameOf(model)) === before.get(nameOf(model)));
  };
  return laterParts(result, later, { ...answering, reads, isStill });
}

interface Later extends Answering {
  /** Every product that a part was made from. */
  readonly reads: Set<ProductModel>;
  /** Whether all of them are what they were when the first part was begun. */
  readonly isStill: () => boolean;
}

async function* laterParts(
  first: PartResult,
  parts: readonly LaterPart[],
  { isStill, reads, ...answering }: Later,
): AsyncGenerator<ExecutionResult, void, void> {
  const format = incrementalFormat(answering.asked.request);
  const waiting = new Map(
    parts.map(({ query }, id) => [id, answerPart(query, answering, reads).then((result) => ({ id, result }))]),
  );
  yield format.first(first, parts);
  while (waiting.size > 0) {
    const { id, result } = await Promise.race(waiting.values());
    waiting.delete(id);
    // A whole answer is of one state, and so are the parts of one.
    const told = isStill() ? result : { errors: [changed()] };
    yield format.later(told, { id, label: parts[id]?.label, hasNext: waiting.size > 0 });
  }
}

async function answerPart(query: string, { asked, answer }: Answering, reads: Set<ProductModel>): Promise<PartResult> {
  const { request, params, context } = asked;
  const onDecide = (product: ProductModel) => void reads.add(product);
  return (await answer({ request, params: { ...params, query }, context: { ...context, onDecide } })) as PartResult;
}

function changed(): GraphQLError {
  return toGraphQLError(gatewayError["changed-between-parts"](undefined));
}

function nameOf({ domain, product }: ProductModel): string {
  return `${domain}/${product}`;
}
