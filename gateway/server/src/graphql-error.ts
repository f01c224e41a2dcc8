import type { MeshError } from "@thoth/kernel/mesh-error";
import { GraphQLError } from "graphql";

/** What an HTTP server should do about an error, besides saying it. */
export interface HttpConsequence {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The server has too much to do: the same request may succeed later. @param afterMs milliseconds, when somebody knows */
export function tryLater(afterMs = 1_000): HttpConsequence {
  return { status: 503, headers: { "retry-after": String(Math.max(1, Math.ceil(afterMs / 1_000))) } };
}

/** An expected failure as clients see it: message, and `extensions` with code and hint. */
export function toGraphQLError(error: MeshError, http?: HttpConsequence): GraphQLError {
  const { code, hint, at } = error;
  const path = at?.path === undefined ? {} : { at: { path: at.path } };
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { code, hint, ...path, ...(http !== undefined && { http }) },
  });
}

/** The same error at the same place, with further extensions and perhaps another message. */
export function withExtensions(
  error: GraphQLError,
  extensions: Readonly<Record<string, unknown>>,
  message = error.message,
): GraphQLError {
  const { nodes, source, positions, path, originalError } = error;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    originalError: originalError ?? null,
    extensions: { ...error.extensions, ...extensions },
  });
}
