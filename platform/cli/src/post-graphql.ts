import { cliError } from "./errors.ts";
import type { GraphqlRequest } from "./mesh-config.ts";

/**
 * @throws MeshError `cli/server-unreachable`, `cli/bad-answer`
 */
export async function postGraphql(
  url: string,
  { query, variables, token, purpose }: GraphqlRequest,
  { signal }: { readonly signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const headers = {
    "content-type": "application/json",
    accept: "application/graphql-response+json, application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(purpose === undefined ? {} : { "x-mesh-purpose": purpose }),
  };
  const body = JSON.stringify({ query, variables });
  const response = await fetch(url, { method: "POST", headers, body, signal }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw cliError["server-unreachable"]({ url }, { cause });
  });
  const result: unknown = await response.json().catch(() => undefined);
  signal.throwIfAborted();
  if (typeof result === "object" && result !== null && ("data" in result || "errors" in result)) return { ...result };
  throw cliError["bad-answer"]({ url, status: response.status });
}
