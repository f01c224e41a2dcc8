import { randomUUID } from "node:crypto";
import { findMeshError } from "@thoth/kernel/error-chain";
import type { MeshError } from "@thoth/kernel/mesh-error";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { resourceFailure } from "@thoth/warehouse/resource-failure";
import { GraphQLError } from "graphql";
import { gatewayError } from "./errors.ts";
import { type HttpConsequence, toGraphQLError, tryLater, withExtensions } from "./graphql-error.ts";

export interface MaskOptions {
  readonly log: ServerLog;
  readonly bodyLimitBytes: number;
}

/**
 * What a client sees of an error. Expected failures keep code and hint; mistakes in the query keep their message;
 * anything else becomes a reference that the log can be searched for.
 */
export function maskError(error: unknown, options: MaskOptions): GraphQLError {
  const expected = findMeshError(error);
  if (expected !== undefined && isForReaders(expected)) return atPlaceOf(error, toGraphQLError(expected));
  const lacking = expected && resourceFailure(expected);
  if (lacking !== undefined)
    return atPlaceOf(error, toGraphQLError(lacking, isFieldError(error) ? undefined : tryLater()));
  if (error instanceof GraphQLError && isPublic(error)) return explainRequestError(error, options);
  const id = randomUUID();
  options.log.error("unexpected failure", { id, error: describeForLog(error) });
  const masked = gatewayError.unexpected({ id });
  return isFieldError(error) ? atPlaceOf(error, toGraphQLError(masked)) : toGraphQLError(masked, { status: 500 });
}

/** What a log line says of an error: its stack, and those of what it wraps. */
export function describeForLog(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.stack ?? error.message;
  return error.cause === undefined ? text : `${text}\ncaused by ${describeForLog(error.cause)}`;
}

/** Errors of other packages speak to operators: of files, statements and keys. */
function isForReaders({ code }: MeshError): boolean {
  return /^(gateway\/|subgraph\/|access\/(token|agreement)-)/.test(code) || readersCodes.includes(code);
}

const readersCodes: readonly string[] = [
  "access/product-denied",
  "access/column-denied",
  "access/aggregates-only",
  "access/audit-unavailable",
];

/** Mistakes in a query or its variables have no other origin; errors of a domain carry its code. */
function isPublic({ originalError, extensions }: GraphQLError): boolean {
  if (originalError == null || typeof extensions.code === "string") return true;
  return originalError instanceof GraphQLError && isPublic(originalError);
}

/** Yoga's own refusals get our codes and tell what to send instead. */
function explainRequestError(error: GraphQLError, { bodyLimitBytes }: MaskOptions): GraphQLError {
  const { code, http } = error.extensions as { code?: string; http?: HttpConsequence };
  if (code === "warehouse/too-many-queries" && http === undefined) return withExtensions(error, { http: tryLater() });
  const explained = explanation(code, error.message, bodyLimitBytes);
  if (explained === undefined) return error;
  // Yoga would answer some of these with 200 to who accepts application/json; a request that cannot be read is none.
  return toGraphQLError(explained, http && { status: http.status, ...(http.headers && { headers: http.headers }) });
}

function explanation(code: string | undefined, reason: string, limitBytes: number): MeshError | undefined {
  if (code === "REQUEST_ENTITY_TOO_LARGE") return gatewayError["body-too-large"]({ limitBytes });
  return code === "BAD_REQUEST" ? gatewayError["bad-request"]({ reason }) : undefined;
}

/** One field failed; the rest of the answer is there. */
function isFieldError(error: unknown): boolean {
  return error instanceof GraphQLError && error.path !== undefined;
}

function atPlaceOf(error: unknown, masked: GraphQLError): GraphQLError {
  if (!(error instanceof GraphQLError)) return masked;
  return withExtensions(error, masked.extensions, masked.message);
}
