import { createHash } from "node:crypto";
import type { PortPolicy } from "@thoth/subgraph/port-policy";
import type { GraphQLParams, Plugin } from "graphql-yoga";
import { gatewayError } from "./errors.ts";
import { toGraphQLError } from "./graphql-error.ts";
import type { GatewayContext } from "./request-context.ts";

type Policy = Pick<PortPolicy, "documents" | "documentsOnly">;

/**
 * Puts the text in the place of a document's id: `documentId`, or `extensions.persistedQuery.sha256Hash` as other
 * clients say it. From there on it is an operation like any other.
 */
export function namePersistedDocuments({ documents, documentsOnly }: Policy): Plugin<GatewayContext> {
  const known = new Set(documents.values());
  return {
    onParams({ request, params, setParams }) {
      // What is no object at all is told so by the server.
      if (typeof params !== "object" || params === null) return;
      const id = documentIdOf(params, request);
      const text = id === undefined ? undefined : documents.get(bareId(id));
      if (text === undefined) return refuseUnknown(id, params.query, { documentsOnly, known });
      if (params.query != null && params.query !== text) throw refuse("document-mismatch", id);
      setParams({ ...params, query: text });
    },
  };
}

/** The name under which clients without an extension may send an id. */
export const documentIdParameter = "documentId";

interface NamedParams extends GraphQLParams {
  readonly [documentIdParameter]?: unknown;
}

function documentIdOf(params: NamedParams, { method, url }: Request): string | undefined {
  const { persistedQuery } = (params.extensions ?? {}) as { readonly persistedQuery?: { sha256Hash?: unknown } | null };
  const inAddress = method === "GET" ? new URL(url).searchParams.get(documentIdParameter) : undefined;
  const id = params[documentIdParameter] ?? inAddress ?? persistedQuery?.sha256Hash;
  return typeof id === "string" ? id : undefined;
}

/** `sha256:` says no more than the id does. */
function bareId(id: string): string {
  return id.startsWith("sha256:") ? id.slice("sha256:".length) : id;
}

function refuseUnknown(
  id: string | undefined,
  query: unknown,
  { documentsOnly, known }: { readonly documentsOnly: boolean; readonly known: ReadonlySet<string> },
): void {
  const isText = typeof query === "string";
  if (documentsOnly && !(isText && known.has(query)))
    throw refuse(id === undefined ? "document-required" : "document-unknown", id);
  if (id === undefined) return;
  if (!isText) throw refuse("document-unknown", id);
  if (bareId(id) !== createHash("sha256").update(query).digest("hex")) throw refuse("document-mismatch", id);
}

function refuse(problem: "document-required" | "document-unknown" | "document-mismatch", id = ""): Error {
  if (problem === "document-required") return toGraphQLError(gatewayError[problem](undefined), { status: 403 });
  return toGraphQLError(gatewayError[problem]({ id: id.slice(0, longestId) }), { status: 400 });
}

/** Characters of an id that are repeated to who sent it. */
const longestId = 100;
