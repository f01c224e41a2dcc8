import type { Principal } from "@thoth/access/decision";
import { accessError } from "@thoth/access/errors";
import { type AbortScope, linkScope } from "@thoth/kernel/abort-scope";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { ServerOptions } from "@thoth/subgraph/served-graph";
import type { SubgraphContext } from "@thoth/subgraph/subgraph";
import type { ServerContext } from "./answer-first.ts";
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

export type IdentityOptions = Pick<ServerOptions, "authenticate" | "credentialRefused">;

export type ContextOptions = IdentityOptions & Pick<ServerOptions, "engine" | "clock" | "log"> & CompleteSettings;

/**
 * @throws GraphQLError with status 401 and code `access/token-invalid` or `access/token-expired` when the request
 *   carries a token that is not valid
 */
export async function createRequestContext(
  request: Request,
  options: ContextOptions,
  { onDecide }: Pick<ServerContext, "onDecide"> = {},
): Promise<GatewayContext> {
  const { engine, log, decide, limits } = options;
  const purpose = request.headers.get("x-mesh-purpose") ?? undefined;
  const { token, principal } = await identify(request, options);
  const scope = linkScope(request.signal, limits.requestTimeoutMs);
  const truncated = new Set<string>();
  return {
    engine,
    principal,
    purpose,
    decide: (product) => {
      const decision = decide(principal, product, purpose);
      onDecide?.(product, decision);
      return decision;
    },
    now: options.clock(),
    signal: scope.signal,
    scope,
    token,
    truncated,
    onTruncated: (path) => truncated.add(path),
    onUnexpected: (error, id) => log.error("unexpected failure", { id, error: describeForLog(error) }),
  };
}

interface Identity {
  readonly token: string | undefined;
  readonly principal: Principal;
}

const identities = new WeakMap<Request, Promise<Identity>>();

/**
 * Who sends a request; verified once, however many operations it holds.
 * @throws GraphQLError as `createRequestContext`
 */
export function identify(request: Request, options: IdentityOptions): Promise<Identity> {
  const known = identities.get(request) ?? readIdentity(request, options);
  identities.set(request, known);
  return known;
}

async function readIdentity(request: Request, { authenticate, credentialRefused }: IdentityOptions): Promise<Identity> {
  try {
    const token = bearerToken(request.headers.get("authorization"));
    return { token, principal: await authenticate(token) };
  } catch (failure) {
    if (!isMeshError(failure) || !failure.code.startsWith("access/token-")) throw failure;
    await credentialRefused?.(failure.code);
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
