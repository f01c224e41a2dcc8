import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import type { AnswerCache, AskedAgain, RememberedAnswer } from "./answer-cache.ts";
import { clientAddress } from "./consumer.ts";
import { isCrossSite } from "./cross-origin.ts";

/** What the server behind gets of a request besides the request. */
export interface ServerContext {
  /** Where it comes from. */
  readonly address?: string;
  /** Told of every decision that its answer rests on. */
  readonly onDecide?: ((product: ProductModel, decision: Decision) => void) | undefined;
  /** By which the audit trail tells requests apart; the response says it as `x-request-id`. */
  readonly requestId?: string;
  /** Under which its answer may be remembered. */
  readonly answerKey?: string;
}

type Server = (request: IncomingMessage, response: ServerResponse, context: ServerContext) => unknown;

/** Bytes of a body up to which it is looked up; longer ones hold lists that are hardly asked twice. */
const longestBody = 64 * 1024;

/**
 * Gives answers that are remembered before the server's own work begins: it takes longer to take a request apart than
 * to answer one that was answered before.
 */
export function answerFirst(server: Server, cache: AnswerCache, trustedProxies: number): RequestListener {
  return (request, response) => {
    const address = clientAddress(request, trustedProxies);
    const requestId = randomUUID();
    response.setHeader("x-request-id", requestId);
    if (!mayBeRemembered(request)) return server(request, response, { address, requestId });
    return lookUp(request, response, { server, cache, from: { address, requestId } });
  };
}

function mayBeRemembered({ method, url = "", headers }: IncomingMessage): boolean {
  if (!/^\/graphql(\?|$)/.test(url) || isCrossSite(headers["sec-fetch-site"] as string | undefined)) return false;
  if (method === "GET") return /[?&](query|documentId|extensions)=/.test(url);
  const length = Number(headers["content-length"]);
  return method === "POST" && length > 0 && length <= longestBody && headers["transfer-encoding"] === undefined;
}

async function lookUp(
  request: IncomingMessage,
  response: ServerResponse,
  { server, cache, from }: { readonly server: Server; readonly cache: AnswerCache; readonly from: ServerContext },
): Promise<void> {
  const body = request.method === "POST" ? await readBody(request) : Buffer.alloc(0);
  // Its client has gone.
  if (body === undefined) return;
  const asked = { ...askedAgain(request, body), ...from };
  const answer = await cache.find(asked);
  if (answer !== undefined) return give(answer, request, response);
  // Its client has gone meanwhile, which the server would never hear of.
  if (response.destroyed) return;
  // This is where the server looks for a body that was read already.
  if (request.method === "POST") Object.assign(request, { body });
  await server(request, response, { ...from, answerKey: asked.key });
}

function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.once("end", () => resolve(Buffer.concat(pieces)));
  request.once("close", () => resolve(undefined));
  request.once("error", () => resolve(undefined));
  return promise;
}

/** Whatever of a request Yoga or we look at. */
const meaningful = ["host", "content-type", "content-encoding", "accept", "authorization", "x-mesh-purpose"] as const;

function askedAgain({ method, url, headers }: IncomingMessage, body: Buffer): AskedAgain {
  const values = meaningful.map((name) => headers[name] ?? "");
  const purpose = headers["x-mesh-purpose"];
  return {
    key: [method, url, ...values, body.toString("latin1")].join("\n"),
    authorization: headers.authorization,
    purpose: typeof purpose === "string" ? purpose : undefined,
  };
}

function give({ headers, body }: RememberedAnswer, request: IncomingMessage, response: ServerResponse): void {
  const known = { ...headers, "cache-status": "mesh; hit" };
  if (request.method === "GET" && matches(request.headers["if-none-match"], headers.etag)) {
    const { "content-length": _, "content-type": __, ...kept } = known as Record<string, string>;
    response.writeHead(304, kept).end();
    return;
  }
  response.writeHead(200, known);
  for (const piece of body) response.write(piece);
  response.end();
}

/** Whether the client has the very answer already. */
export function matches(ifNoneMatch: string | undefined, etag: string | undefined): boolean {
  if (ifNoneMatch === undefined || etag === undefined) return false;
  return ifNoneMatch.trim() === "*" || ifNoneMatch.split(",").some((tag) => tag.trim() === etag);
}
