import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { clientAddress, consumerOf } from "../consumer.ts";
import { describeForLog } from "../mask-error.ts";
import { secureEverywhere } from "../response-headers.ts";
import type { FileAnswer, FilePort, FileRequest } from "./file-port.ts";

export interface FilesOptions {
  readonly trustedProxies: number;
  readonly log: ServerLog;
}

/** What is for the file port never reaches the server behind: a body that is longer than memory needs its own way out. */
export function filesFirst(
  server: RequestListener,
  port: FilePort | undefined,
  options: FilesOptions,
): RequestListener {
  if (port === undefined) return server;
  return (request, response) => {
    if (!/^\/products(?:[/?]|$)/.test(request.url ?? "")) return server(request, response);
    void serve(request, response, { port, options });
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { port, options }: { readonly port: FilePort; readonly options: FilesOptions },
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort(new DOMException("the client has gone", "AbortError")));
  try {
    const asked = fileRequest(request, { signal: gone.signal, ...options });
    response.setHeader("x-request-id", asked.id);
    await using answer = await port.answer(asked);
    await send(answer, request, response);
  } catch (failure) {
    // The head has left: only a broken connection tells the reader that the rest is missing.
    if (!gone.signal.aborted) options.log.error("a file broke off", { error: describeForLog(failure) });
    response.destroy();
  }
}

function fileRequest(
  request: IncomingMessage,
  { signal, trustedProxies }: { readonly signal: AbortSignal; readonly trustedProxies: number },
): FileRequest {
  const { method = "GET", url = "", headers } = request;
  const [path = "", ...query] = url.split("?");
  const purpose = headers["x-mesh-purpose"];
  return {
    method,
    path,
    query: new URLSearchParams(query.join("?")),
    authorization: headers.authorization,
    purpose: typeof purpose === "string" ? purpose : undefined,
    ifNoneMatch: headers["if-none-match"],
    range: headers.range,
    ifRange: typeof headers["if-range"] === "string" ? headers["if-range"] : undefined,
    id: randomUUID(),
    consumer: (principal) => consumerOf(principal, clientAddress(request, trustedProxies)),
    signal,
  };
}

async function send(answer: FileAnswer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body, compressible } = answer;
  const smaller = compressible && body !== undefined && acceptsGzip(request.headers["accept-encoding"]);
  const headers = { ...secureHeaders, ...answer.headers, ...(smaller && gzipHeaders(answer.headers)) };
  response.writeHead(status, { ...headers, ...varyTogether(response, headers) });
  if (body === undefined) {
    response.end();
    return;
  }
  // One piece at a time waits here; the next ones are made when the reader has taken it.
  const pieces = Readable.from(body, { highWaterMark: 1 });
  if (smaller) await pipeline(pieces, createGzip({ level: constants.Z_BEST_SPEED }), response);
  else await pipeline(pieces, response);
}

const secureHeaders = {
  ...secureEverywhere,
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
} as const;

function acceptsGzip(header: string | string[] | undefined): boolean {
  const accepted = String(header ?? "").toLowerCase();
  return /(?:^|,)\s*gzip\s*(?:,|$|;(?!\s*q=0(?:\.0*)?\s*(?:,|$)))/.test(accepted);
}

/** Other bytes need another strong tag. */
function gzipHeaders({ etag }: Readonly<Record<string, string>>): Record<string, string> {
  return { "content-encoding": "gzip", ...(etag !== undefined && { etag: etag.replace(/"$/, '-gzip"') }) };
}

/** Whoever stands before has said already what else the answer depends on. */
function varyTogether(response: ServerResponse, { vary }: Readonly<Record<string, string>>): Record<string, string> {
  const before = response.getHeader("vary");
  const all = [before, vary].filter((each) => each !== undefined).join(", ");
  return all === "" ? {} : { vary: all };
}
