import type { Plugin } from "graphql-yoga";
import type { ServerContext } from "./answer-first.ts";
import { countRequest } from "./count-request.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { GatewayContext, IdentityOptions } from "./request-context.ts";

/** Counts every operation before anything is made of it, those that are refused later and those with bad tokens too. */
export function limitRates(limits: RateLimits, options: IdentityOptions): Plugin<GatewayContext, ServerContext> {
  return {
    async onParams({ request, context }) {
      await countRequest(request, { options, limits, address: (context as ServerContext).address });
    },
  };
}
