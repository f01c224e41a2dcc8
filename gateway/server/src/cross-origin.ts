import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** What pages of other sites may send and read besides what every browser allows. */
const allowed = {
  "access-control-allow-methods": "GET, HEAD, POST",
  "access-control-allow-headers": "content-type, authorization, x-mesh-purpose, if-none-match, range",
  /** Seconds a browser remembers it. */
  "access-control-max-age": "600",
} as const;

/** Headers of answers that such a page may read. */
const exposed =
  "etag, retry-after, cache-status, deprecation, sunset, link, content-range, content-disposition, x-mesh-rows, x-mesh-truncated, x-mesh-snapshot";

/**
 * Lets pages of the named origins ask. Stands before everything else, so that it holds for every port and for answers
 * that are given again. Credentials are tokens that the page itself sends, so a browser never has to add any.
 */
export function allowOrigins(server: RequestListener, origins: readonly string[]): RequestListener {
  if (origins.length === 0) return server;
  return (request, response) => {
    response.setHeader("vary", "origin");
    const { origin } = request.headers;
    if (origin === undefined || !origins.includes(origin)) return server(request, response);
    response.setHeader("access-control-allow-origin", origin);
    if (isPreflight(request)) return answerPreflight(response);
    response.setHeader("access-control-expose-headers", exposed);
    server(request, response);
  };
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, { ...allowed, "content-length": "0" }).end();
}

/**
 * Whether a browser says that it was another site's page that made it ask. Programs say nothing, and the reader's own
 * address line says `none`.
 */
export function isCrossSite(fetchSite: string | null | undefined): boolean {
  return fetchSite !== null && fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none";
}
