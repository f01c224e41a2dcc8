import { randomUUID } from "node:crypto";
import { auditRead } from "@thoth/access/audit/audit-read";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import type { Decision, Principal } from "@thoth/access/decision";
import { accessError } from "@thoth/access/errors";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Plugin } from "graphql-yoga";
import type { ServerContext } from "../answer-first.ts";
import type { Catalog } from "../catalog.ts";
import { consumerOf } from "../consumer.ts";
import { countRequest } from "../count-request.ts";
import { gatewayError } from "../errors.ts";
import { problemOf, problemText } from "../files/problem.ts";
import type { OpenStreams } from "../open-streams.ts";
import type { RateLimits } from "../rate-limits.ts";
import { createRequestContext, type GatewayContext } from "../request-context.ts";
import { type ProductStreamParts, productStream } from "./product-stream.ts";

export interface StreamPortParts extends Omit<ProductStreamParts, "heartbeatMs"> {
  readonly catalog: Catalog;
  readonly open: OpenStreams;
  readonly limits: RateLimits;
  readonly trail: AuditTrail | undefined;
  readonly heartbeatMs?: number;
}

const defaultHeartbeatMs = 15_000;

/** `GET /streams/<domain>/<product>`: tells of every snapshot of a product that is published, as server-sent events. */
export function serveStreams(parts: StreamPortParts): Plugin<GatewayContext, ServerContext> {
  return {
    async onRequest({ request, url, serverContext, endResponse }) {
      if (!/^\/streams(?:\/|$)/.test(url.pathname)) return;
      endResponse(await answer(request, url.pathname, { ...parts, ...serverContext }));
    },
  };
}

type AnswerParts = StreamPortParts & Pick<ServerContext, "address" | "requestId">;

async function answer(request: Request, path: string, parts: AnswerParts): Promise<Response> {
  let principal: Principal | undefined;
  try {
    const model = productAt(request, path, parts.catalog);
    await countRequest(request, parts);
    const context = await createRequestContext(request, parts.options);
    // Its deadline is for an answer that ends.
    context.scope[Symbol.dispose]();
    principal = context.principal;
    return await open(request, { model, context, decision: context.decide(model) }, parts);
  } catch (failure) {
    const problem = problemOf(failure, principal, parts.options.log);
    const headers = { ...problem.headers, "content-type": "application/problem+json" };
    return new Response(problemText(problem), { status: problem.status, headers });
  }
}

/** @throws MeshError `gateway/read-only`, `gateway/unknown-product`, `gateway/no-such-stream` */
function productAt({ method }: Request, path: string, catalog: Catalog): ProductModel {
  if (method !== "GET") throw gatewayError["read-only"]({ method });
  const id = path.slice("/streams/".length);
  const entry = catalog.find(id);
  if (entry === undefined) throw unknownProduct(path, catalog);
  return entry.model;
}

function unknownProduct(path: string, catalog: Catalog): Error {
  const known = catalog.search({}).map(({ model }) => model.id);
  const id = path.slice("/streams/".length);
  if (!/^[^/]+\/[^/]+$/.test(id)) return gatewayError["no-such-stream"]({ path: path.slice(0, 100), known });
  return gatewayError["unknown-product"]({ product: id.slice(0, 100), major: undefined, known });
}

interface Asked {
  readonly model: ProductModel;
  readonly context: GatewayContext;
  readonly decision: Decision;
}

async function open(request: Request, { model, context, decision }: Asked, parts: AnswerParts): Promise<Response> {
  const { trail, options, requestId = randomUUID(), heartbeatMs = defaultHeartbeatMs } = parts;
  const { principal, purpose } = context;
  const reads = [{ model, columns: [], decision }];
  const told = { principal, purpose, port: "stream", reads, requestId } as const;
  const tell = (outcome: "begun" | "allowed" | { readonly refused: string }, rows: number | null) =>
    auditRead(trail, { ...told, outcome, rows, now: options.clock() });
  if (!decision.readable) {
    const { reasons, advice } = decision;
    const refusal = accessError["product-denied"]({ product: model.id, reasons, advice });
    await tell({ refused: refusal.code }, 0);
    throw refusal;
  }
  const consumer = consumerOf(principal, parts.address);
  const opened = parts.open.open(consumer, request.signal);
  try {
    await tell("begun", null);
  } catch (failure) {
    opened[Symbol.dispose]();
    throw failure;
  }
  let sent = 0;
  const lastId = request.headers.get("last-event-id") ?? undefined;
  const events = productStream({ request, model, decision, lastId, onEvent: () => sent++ }, { ...parts, heartbeatMs });
  let isOver = false;
  const onEnd = () => {
    if (isOver) return;
    isOver = true;
    opened[Symbol.dispose]();
    void tell("allowed", sent)?.catch(() => undefined);
  };
  // Nobody reads, and so ends, what is sent to a client that has gone.
  if (request.signal.aborted) onEnd();
  else request.signal.addEventListener("abort", onEnd, { once: true });
  return new Response(bodyOf(events, onEnd), { headers: eventHeaders });
}

const eventHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  // Proxies that collect answers would keep events back.
  "x-accel-buffering": "no",
};

/** One event at a time, as fast as its reader takes them. */
function bodyOf(events: AsyncGenerator<Uint8Array, void, void>, onEnd: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await events.next();
      if (!done) return controller.enqueue(value);
      onEnd();
      controller.close();
    },
    async cancel() {
      onEnd();
      await events.return();
    },
  });
}
