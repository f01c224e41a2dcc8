import { accessError } from "@thoth/access/errors";
import { type AbortScope, linkScope } from "@thoth/kernel/abort-scope";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { ServerOptions } from "@thoth/subgraph/served-graph";
import type { SubgraphContext } from "@thoth/subgraph/subgraph";
import { toGraphQLError } from "./graphql-error.ts";
import { describeForLog } from "./mask-error.ts";
import type { CompleteSettings } from "./server-settings.ts";

/** What every resolver of one request shares. A fresh object per request: batch loaders cache by its identity. */
export interface GatewayContext extends SubgraphContext {
  /** Kept only to travel on to domains that other processes serve. */
  readonly token: string | undefined;
  /** Ends with the request, and ends what the request started. */
  readonly scope: AbortScope;
  /** Response paths of lists that have more entries than the answer shows. */
  readonly truncated: Set<string>;
}

export type ContextOptions = Pick<ServerOptions, "engine" | "authenticate" | "clock" | "log"> & CompleteSettings;

/**
 * @throws GraphQLError with status 401 and code `access/token-invalid` or `access/token-expired` when the request
 *   carries a token that is not valid
 */
export async function createRequestContext(request: Request, options: ContextOptions): Promise<GatewayContext> {
  const { engine, log, decide, limits } = options;
  const purpose = request.headers.get("x-mesh-purpose") ?? undefined;
  const { token, principal } = await identify(request, options);
  const scope = linkScope(request.signal, limits.requestTimeoutMs);
  const truncated = new Set<string>();
  return {
    engine,
    principal,
    purpose,
    decide: (product) => decide(principal, product, purpose),
    now: options.clock(),
    signal: scope.signal,
    scope,
    token,
    truncated,
    onTruncated: (path) => truncated.add(path),
    onUnexpected: (error, id) => log.error("unexpected failure", { id, error: describeForLog(error) }),
  };
}

async function identify(request: Request, { authenticate }: Pick<ServerOptions, "authenticate">) {
  try {
    const token = bearerToken(request.headers.get("authorization"));
    return { token, principal: await authenticate(token) };
  } catch (failure) {
    if (!isMeshError(failure) || !failure.code.startsWith("access/token-")) throw failure;
    throw toGraphQLError(failure, { status: 401, headers: { "www-authenticate": "Bearer" } });
  }
}

/** Whoever sends something else than a token thinks of being somebody: taking them for nobody would hide the mistake. */
export function bearerToken(header: string | null): string | undefined {
  if (header === null) return undefined;
  const token = /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (token !== undefined) return token;
  throw accessError["token-invalid"]({ reason: "the Authorization header is not of the form Bearer <token>" });
}
