import type { Plugin } from "graphql-yoga";
import { gatewayError } from "./errors.ts";
import { toGraphQLError } from "./graphql-error.ts";

/**
 * Operations come as JSON, or in the address of a GET. The types that a browser sends for any page without asking
 * (forms, plain text) are refused, so that no other site can make its visitors' browsers send operations.
 */
export function refuseOtherRequests(): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      if (request.method === "POST") refuseOtherTypes(request.headers.get("content-type"));
      if (request.method === "GET" && requestParser !== undefined) {
        setRequestParser(async (given) => explainJson(() => requestParser(given)));
      }
    },
  };
}

function refuseOtherTypes(header: string | null): void {
  const contentType = header?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (contentType === "application/json") return;
  const shown = /^[\w.+-]+\/[\w.+-]+$/.test(contentType) ? contentType : "unknown";
  throw toGraphQLError(gatewayError["content-type"]({ contentType: shown }), { status: 415 });
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
