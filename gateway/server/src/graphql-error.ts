import type { MeshError } from "@thoth/kernel/mesh-error";
import { GraphQLError } from "graphql";

/** What an HTTP server should do about an error, besides saying it. */
export interface HttpConsequence {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
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
