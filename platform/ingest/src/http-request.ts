import { isUtf8 } from "node:buffer";
import { setTimeout as sleep } from "node:timers/promises";
import { linkScope } from "@thoth/kernel/abort-scope";
import type { MeshError } from "@thoth/kernel/mesh-error";
import { ingestError } from "./errors.ts";

export interface HttpEffects {
  /** Rejects when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** 0 ≤ x < 1 */
  random(): number;
  /** Epoch ms. */
  now(): number;
}

export const httpEffects: HttpEffects = {
  wait: (ms, signal) => sleep(ms, undefined, { signal }),
  random: Math.random,
  now: Date.now,
};

export interface HttpLimits {
  /** For one answer with its body, ms. */
  readonly timeoutMs: number;
  /** Tries of one request, the first included. */
  readonly attempts: number;
  /** Longest wait that a server may ask for, ms. */
  readonly longestWaitMs: number;
  readonly maxBodyBytes: number;
}

export interface HttpClient {
  /** Origin that is talked to; every address must lie on it. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly limits: HttpLimits;
  readonly effects: HttpEffects;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly url: URL;
  readonly body: string;
  /** Where it is not, the body has U+FFFD in place of what is no text. */
  readonly isUtf8: boolean;
  readonly link: string | null;
}

/**
 * GET with patience: 429 and 503 wait as long as the server asks, other transient failures back off exponentially with
 * full jitter.
 * @throws MeshError `ingest/source-refused`, `ingest/source-unreachable`, `ingest/source-timeout`,
 *   `ingest/source-failed`, `ingest/foreign-address`; none shows query, headers or body
 */
export async function request(client: HttpClient, url: URL): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(client, url);
    client.signal.throwIfAborted();
    if ("body" in outcome) return outcome;
    const waitMs = outcome.retryAfterMs ?? backoffMs(attempt, client.effects.random());
    const patient = outcome.transient && attempt < client.limits.attempts && waitMs <= client.limits.longestWaitMs;
    if (!patient) throw outcome.failure;
    await client.effects.wait(waitMs, client.signal);
  }
}

interface Failed {
  readonly failure: MeshError;
  readonly transient: boolean;
  readonly retryAfterMs?: number;
}

const firstBackoffMs = 500;
const longestBackoffMs = 30_000;

function backoffMs(attempt: number, random: number): number {
  return Math.round(random * Math.min(longestBackoffMs, firstBackoffMs * 2 ** attempt));
}

async function tryOnce(client: HttpClient, url: URL): Promise<HttpAnswer | Failed> {
  const { timeoutMs, maxBodyBytes } = client.limits;
  const server = addressOf(url);
  using scope = linkScope(client.signal, timeoutMs);
  try {
    const { response, finalUrl } = await follow(client, url, scope.signal);
    if (!response.ok) {
      await response.body?.cancel();
      return judgeStatus(response, server, client.effects.now());
    }
    const body = await readBody(response, maxBodyBytes, server);
    return { url: finalUrl, body: body.toString("utf8"), isUtf8: isUtf8(body), link: response.headers.get("link") };
  } catch (failure) {
    client.signal.throwIfAborted();
    if (scope.signal.aborted) {
      const timeout = ingestError["source-timeout"]({ server, limitMs: timeoutMs }, { at: { path: server } });
      return { failure: timeout, transient: true };
    }
    const cause = failure instanceof TypeError ? failure.cause : undefined;
    if (!(failure instanceof TypeError)) throw failure;
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "the connection broke";
    const unreachable = ingestError["source-unreachable"]({ server, reason }, { at: { path: server } });
    return { failure: unreachable, transient: true };
  }
}

const mostRedirects = 5;

/** The credentials are for one origin; what leads elsewhere is not followed. */
async function follow(client: HttpClient, start: URL, signal: AbortSignal) {
  let url = start;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    requireOrigin(client.origin, url, start);
    const response = await fetch(url, { headers: client.headers, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return { response, finalUrl: url };
    await response.body?.cancel();
    url = resolveAddress(location, url);
  }
  const server = addressOf(start);
  throw ingestError["source-failed"]({ server, reason: "it redirects without end" }, { at: { path: server } });
}

/** @throws MeshError `ingest/foreign-address` */
export function requireOrigin(origin: string, url: URL, from: URL): void {
  if (url.origin === origin && url.username === "" && url.password === "") return;
  const server = addressOf(from);
  throw ingestError["foreign-address"]({ server, found: url.origin }, { at: { path: server } });
}

export function resolveAddress(address: string, base: URL): URL {
  if (URL.canParse(address, base)) return new URL(address, base);
  const server = addressOf(base);
  throw ingestError["source-failed"](
    { server, reason: "it sends us on to what is not a URL" },
    { at: { path: server } },
  );
}

function judgeStatus(response: Response, server: string, now: number): Failed {
  const { status } = response;
  const context = { at: { path: server } };
  const reason = `it answers ${status}`;
  if (status === 401 || status === 403) {
    return { failure: ingestError["source-refused"]({ server, reason }, context), transient: false };
  }
  const transient = status === 408 || status === 425 || status === 429 || status >= 500;
  const asked = parseRetryAfter(response.headers.get("retry-after"), now);
  const wait = transient && asked !== undefined ? { retryAfterMs: asked } : {};
  const kind = transient ? "source-unreachable" : "source-failed";
  const told = asked === undefined ? reason : `${reason} and asks to wait ${Math.ceil(asked / 1000)} s`;
  return { failure: ingestError[kind]({ server, reason: told }, context), transient, ...wait };
}

/** @source RFC 9110, section 10.2.3: seconds, or a date */
function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

async function readBody(response: Response, limit: number, server: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > limit) {
      const reason = `an answer is larger than ${limit} bytes; ask for smaller pages`;
      throw ingestError["source-failed"]({ server, reason }, { at: { path: server } });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Without the query, which may hold a token. */
export function addressOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
