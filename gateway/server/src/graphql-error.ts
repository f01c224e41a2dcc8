import { findMeshError } from "@thoth/kernel/error-chain";
import type { MeshError } from "@thoth/kernel/mesh-error";
import { GraphQLError } from "graphql";

/** What an HTTP server should do about an error, besides saying it. */
export interface HttpConsequence {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The server has too much to do: the same request may succeed later. @param afterMs milliseconds, when somebody knows */
export function tryLater(afterMs = 1_000): HttpConsequence {
  return { status: 503, headers: retryAfter(afterMs) };
}

/** This client asks too much; others are answered. @param afterMs milliseconds */
export function slowDown(afterMs: number): HttpConsequence {
  return { status: 429, headers: retryAfter(afterMs) };
}

function retryAfter(ms: number): Readonly<Record<string, string>> {
  return { "retry-after": String(Math.max(1, Math.ceil(ms / 1_000))) };
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

/** Tells a refusal of load by the status too: to slow down, or to come back later. */
export function explainRefusal<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const refusal = findMeshError(error);
    if (refusal?.retryAfterMs === undefined) throw error;
    const consequence = refusal.code === "gateway/rate-exceeded" ? slowDown : tryLater;
    throw toGraphQLError(refusal, consequence(refusal.retryAfterMs));
  }
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
