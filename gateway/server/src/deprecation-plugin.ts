import type { Subgraph } from "@thoth/subgraph/subgraph";
import type { ExecutionResult, GraphQLSchema } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { withoutBrownedOut } from "./deprecation-brown-outs.ts";
import { DeprecationNotices, hasDeprecations } from "./deprecation-notices.ts";
import type { GatewayContext } from "./request-context.ts";
import type { WrittenResult } from "./written-result.ts";

/**
 * Tells those who use something deprecated, and nobody else, in `extensions.deprecations` and in headers; and answers
 * root fields that lead to an element in brown-out with an error. To be listed behind whatever else executes operations.
 */
export function announceDeprecations(schema: GraphQLSchema, subgraphs: readonly Subgraph[]): Plugin<GatewayContext>[] {
  if (!hasDeprecations(subgraphs)) return [];
  const notices = new DeprecationNotices(schema, subgraphs);
  const headers = new WeakMap<Request, Readonly<Record<string, string>>>();
  return [
    {
      onExecute({ args, executeFn, setExecuteFn }) {
        if (!notices.concern(args)) return undefined;
        const { request, now } = args.contextValue;
        const told = notices.of(args, now);
        if (told !== undefined) headers.set(request, told.headers);
        if (told?.brownOut === true) setExecuteFn(withoutBrownedOut(executeFn, notices));
        return {
          onExecuteDone({ result, setResult }) {
            if (isAsyncIterable(result)) return;
            const noted = told && { extensions: { ...result.extensions, deprecations: told.notices } };
            setResult({ ...forNow(result), ...noted });
          },
        };
      },
      onResponse({ request, response }) {
        for (const [name, value] of Object.entries(headers.get(request) ?? {})) response.headers.set(name, value);
      },
    },
  ];
}

/** What is said of an end changes with the calendar, so the answer is not to be kept for those who ask later. */
function forNow(result: ExecutionResult): ExecutionResult {
  if (!("source" in result)) return result;
  const { source: _source, ...rest } = result as WrittenResult;
  return rest;
}
