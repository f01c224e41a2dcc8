import { anonymous } from "@thoth/access/decision";
import type { Plugin } from "graphql-yoga";
import type { ServerContext } from "./answer-first.ts";
import { consumerOf } from "./consumer.ts";
import { explainRefusal } from "./graphql-error.ts";
import type { RateLimits } from "./rate-limits.ts";
import { type GatewayContext, type IdentityOptions, identify } from "./request-context.ts";

/** Counts every operation before anything is made of it, those that are refused later and those with bad tokens too. */
export function limitRates(limits: RateLimits, options: IdentityOptions): Plugin<GatewayContext, ServerContext> {
  return {
    async onParams({ request, context }) {
      const { address } = context as ServerContext;
      const who = await identify(request, options).catch((failure: unknown) => ({ failure, principal: anonymous }));
      explainRefusal(() => limits.take(consumerOf(who.principal, address), { requests: 1 }));
      if ("failure" in who) throw who.failure;
    },
  };
}
