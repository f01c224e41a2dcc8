import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@thoth/kernel/clock";
import { findMeshError } from "@thoth/kernel/error-chain";
import { ingestError } from "../errors.ts";
import { type Answer, errorAnswer, problemAnswer, writeAnswer } from "./answer.ts";
import { answerEvents } from "./answer-events.ts";
import { answerSignals, encodeStatus } from "./answer-signals.ts";
import type { Collector } from "./collector.ts";
import { corsHeaders, isPreflight } from "./cors.ts";
import type { KeyRing } from "./key-file.ts";
import { type Holding, MemoryBudget } from "./memory-budget.ts";
import { signals } from "./otlp-signal.ts";
import { type RequestBody, readBody } from "./request-body.ts";
import { type Sender, SenderGate } from "./sender-gate.ts";

/** Answers requests to the collector's paths. @returns false when a request is for somebody else */
export type CollectorHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface CollectorHttpOptions {
  readonly collector: Collector;
  readonly keys: KeyRing;
  readonly clock: Clock;
  /** Whether only this machine can reach the server, so that it needs no key as long as there is none. */
  readonly loopback: boolean;
  readonly onFailure: (failure: unknown) => void;
  readonly limits?: Partial<CollectorLimits>;
}

export interface CollectorLimits {
  /** Largest body of `/events`, bytes unpacked. */
  readonly eventBytes: number;
  /** Largest body of `/v1/…`, bytes unpacked. @source OTLP/HTTP recommends 64 MiB */
  readonly signalBytes: number;
  /** What all requests under way may hold in memory, as they came and as they are read, bytes. */
  readonly heldBytes: number;
}

const defaultLimits: CollectorLimits = {
  eventBytes: 4 * 1024 ** 2,
  signalBytes: 64 * 1024 ** 2,
  heldBytes: 128 * 1024 ** 2,
};

/** What one request is answered from. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly collector: Collector;
  readonly sender: Sender;
  /** What this request holds in memory. */
  readonly holding: Holding;
  /** Epoch ms. */
  readonly now: number;
}

interface Route {
  readonly limit: number;
  readonly answer: (asked: Asked) => Promise<Answer>;
  /** Turns a refusal into the form that its clients read. */
  readonly encode?: (answer: Answer, asked: Pick<Asked, "request">) => Answer;
}

export function collectorHandler(options: CollectorHttpOptions): CollectorHandler {
  const { collector } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const budget = new MemoryBudget(limits.heldBytes);
  const gate = new SenderGate(options);
  const routes = routesOf(limits);
  const answer = async (route: Route, url: URL, request: IncomingMessage): Promise<Answer | undefined> => {
    if (request.method !== "POST")
      return { ...problemAnswer(405, "malformed", "Send POST"), headers: { allow: "POST, OPTIONS" } };
    const sender = await gate.admit(request, url);
    if ("status" in sender) {
      collector.count("unknown", "unauthorised", 1);
      return sender;
    }
    using holding = budget.open();
    const body = await readBody(request, { limit: route.limit, holding });
    if (body.kind !== "body") return refuseBody(body, { collector, limit: route.limit });
    return await route.answer({ request, body: body.bytes, collector, sender, holding, now: options.clock() });
  };
  return (request, response) => {
    const url = parsePath(request.url);
    const route = url === null ? undefined : routes.get(url.pathname);
    if (url === null || route === undefined) return false;
    const encode = (given: Answer) => route.encode?.(given, { request }) ?? given;
    respond(request, response, { gate, encode, answer: () => answer(route, url, request) }).catch(
      (failure: unknown) => {
        options.onFailure(failure);
        // Not 500: after that, clients would throw away what they sent.
        if (response.headersSent) response.destroy();
        else writeAnswer(response, encode(errorAnswer(503, ingestError["collector-closed"]({}))), {});
      },
    );
    return true;
  };
}

function refuseBody(
  body: Exclude<RequestBody, { kind: "body" }>,
  { collector, limit }: { readonly collector: Collector; readonly limit: number },
): Answer | undefined {
  if (body.kind === "gone") return undefined;
  if (body.kind === "overloaded") {
    collector.count("unknown", "not-kept", 1);
    return errorAnswer(503, ingestError["collector-overloaded"]({}));
  }
  collector.count("unknown", body.kind, 1);
  if (body.kind === "unreadable") return problemAnswer(400, "malformed", body.reason);
  return problemAnswer(413, "too-large", `A request has at most ${limit} bytes, unpacked`);
}

/** @param url of a request, with or without parameters */
export function isCollectorPath(url: string): boolean {
  const path = parsePath(url)?.pathname;
  return path !== undefined && routesOf(defaultLimits).has(path);
}

/** Null for what is no path, such as `//`: no request may end the process. */
function parsePath(url = "/"): URL | null {
  return URL.parse(url, "http://collector");
}

function routesOf({ eventBytes, signalBytes }: CollectorLimits): ReadonlyMap<string, Route> {
  const events = { limit: eventBytes, answer: (asked: Asked) => answerEvents(asked) };
  const beacon = { limit: eventBytes, answer: (asked: Asked) => answerEvents(asked, "batch") };
  const otlp = signals.map((signal): [string, Route] => [
    `/v1/${signal}`,
    { limit: signalBytes, answer: (asked) => answerSignals(asked, signal), encode: encodeStatus },
  ]);
  return new Map<string, Route>([["/events", events], ["/events/beacon", beacon], ...otlp]);
}

interface Responding {
  readonly gate: SenderGate;
  readonly answer: () => Promise<Answer | undefined>;
  readonly encode: (answer: Answer) => Answer;
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { gate, answer, encode }: Responding,
): Promise<void> {
  const cors = corsHeaders(request, await gate.origins());
  if (isPreflight(request)) return void response.writeHead(204, cors).end();
  const given = await answer().catch((failure: unknown) => explainFailure(failure));
  if (given !== undefined) writeAnswer(response, encode(given), cors);
  // What was not read is thrown away, so that the connection can be used again.
  request.resume();
}

/**
 * The disk's refusals are answers that the sender can act on; everything else is a mistake of ours. Also for a full disk it
 * is 503: clients of OTLP send again after that, and after no other number of ours.
 */
function explainFailure(failure: unknown): Answer {
  const error = findMeshError(failure);
  if (error?.retryAfterMs === undefined) throw failure;
  return errorAnswer(503, error);
}
