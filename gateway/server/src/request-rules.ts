import type { Plugin } from "graphql-yoga";
import { isCrossSite } from "./cross-origin.ts";
import { gatewayError } from "./errors.ts";
import { toGraphQLError } from "./graphql-error.ts";
import { noteBatch } from "./operation-batch.ts";

export interface RequestRules {
  /** Operations that one request may hold. */
  readonly batch: number;
  /** Other sites whose pages may ask. */
  readonly origins: readonly string[];
}

/**
 * Operations come as JSON, or in the address of a GET. The types that a browser sends for any page without asking
 * (forms, plain text) are refused, and so is what a page of another site has it ask by GET, so that no other site can
 * make its visitors' browsers send operations.
 */
export function refuseOtherRequests({ batch, origins }: RequestRules): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      refuseOtherSites(request, origins);
      if (request.method === "POST") refuseOtherTypes(request.headers);
      if (request.method === "GET" && requestParser !== undefined) {
        setRequestParser(async (given) => explainJson(() => requestParser(given)));
      }
      return {
        onRequestParseDone({ requestParserResult }) {
          noteBatch(request, requestParserResult);
          refuseOtherBatches(requestParserResult, batch);
        },
      };
    },
  };
}

function refuseOtherSites({ headers }: Request, origins: readonly string[]): void {
  if (!isCrossSite(headers.get("sec-fetch-site")) || origins.includes(headers.get("origin") ?? "")) return;
  throw toGraphQLError(gatewayError["cross-site"](undefined), { status: 403 });
}

/** Several operations are taken apart by the server, which says what is wrong with each. */
function refuseOtherBatches(params: unknown, limit: number): void {
  if (!Array.isArray(params) || limit === 0) return;
  if (params.length === 0)
    throw toGraphQLError(gatewayError["bad-request"]({ reason: "The list of operations is empty" }), { status: 400 });
  if (params.length > limit)
    throw toGraphQLError(gatewayError["batch-too-large"]({ operations: params.length, limit }), { status: 413 });
}

function refuseOtherTypes(headers: Headers): void {
  const encoding = headers.get("content-encoding") ?? "identity";
  // A few bytes can stand for gigabytes, so nothing is unpacked.
  if (encoding.toLowerCase() !== "identity")
    throw toGraphQLError(gatewayError["content-encoding"]({ encoding: shownWord(encoding) }), { status: 415 });
  const contentType = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (contentType === "application/json") return;
  throw toGraphQLError(gatewayError["content-type"]({ contentType: shownWord(contentType) }), { status: 415 });
}

/** Repeats what was sent only if it looks like what it should be. */
function shownWord(text: string): string {
  return /^[\w.+/-]{1,100}$/.test(text) ? text : "unknown";
}

async function explainJson<Value>(read: () => Value): Promise<Awaited<Value>> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = "The variables in the address are not JSON";
    throw toGraphQLError(gatewayError["bad-request"]({ reason }), { status: 400 });
  }
}
