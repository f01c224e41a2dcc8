import { anonymous } from "@thoth/access/decision";
import { consumerOf } from "./consumer.ts";
import { explainRefusal } from "./graphql-error.ts";
import type { RateLimits } from "./rate-limits.ts";
import { type IdentityOptions, identify } from "./request-context.ts";

export interface CountingParts {
  readonly options: IdentityOptions;
  readonly limits: RateLimits;
  /** Where the request comes from. */
  readonly address?: string | undefined;
}

/**
 * Counts a request before anything is made of it; one with a bad credential for the address that it comes from.
 * @throws GraphQLError when there were too many, or as `identify`
 */
export async function countRequest(request: Request, { options, limits, address }: CountingParts): Promise<void> {
  const who = await identify(request, options).catch((failure: unknown) => ({ failure, principal: anonymous }));
  explainRefusal(() => limits.take(consumerOf(who.principal, address), { requests: 1 }));
  if ("failure" in who) throw who.failure;
}
