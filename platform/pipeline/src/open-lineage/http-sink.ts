import { linkScope } from "@thoth/kernel/abort-scope";
import { type EventSink, UndeliveredEvent } from "./event-sink.ts";

export interface HttpSinkOptions {
  /** Of the server, or of its endpoint. */
  readonly url: string;
  /** Sent as a bearer token; shown nowhere. */
  readonly apiKey?: string | undefined;
  /** How long one event may take, ms. */
  readonly timeoutMs: number;
}

/**
 * Posts one request an event.
 * @source OpenLineage 2-0-2: `POST /api/v1/lineage`
 */
export function httpSink({ url, apiKey, timeoutMs }: HttpSinkOptions): EventSink {
  const { endpoint, credentials } = endpointOf(url);
  const authorization = apiKey === undefined ? credentials : `Bearer ${apiKey}`;
  const headers = { "content-type": "application/json", ...(authorization !== undefined && { authorization }) };
  return {
    name: `${endpoint.origin}${endpoint.pathname}`,
    async deliver(event, signal) {
      const status = await post(endpoint, { headers, body: event, timeoutMs, signal });
      if (status >= 200 && status < 300) return;
      const worthRetrying = status === 408 || status === 429 || status >= 500;
      throw new UndeliveredEvent(`it answered with HTTP ${status}`, { worthRetrying });
    },
  };
}

/** A request may not have a name and password in its URL: they go into a header. */
function endpointOf(text: string): { readonly endpoint: URL; readonly credentials: string | undefined } {
  const endpoint = new URL(text);
  const pair = `${decodeURIComponent(endpoint.username)}:${decodeURIComponent(endpoint.password)}`;
  endpoint.username = "";
  endpoint.password = "";
  if (endpoint.pathname === "/") endpoint.pathname = "/api/v1/lineage";
  return { endpoint, credentials: pair === ":" ? undefined : `Basic ${Buffer.from(pair).toString("base64")}` };
}

interface Posting {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

async function post(url: URL, { headers, body, timeoutMs, signal }: Posting): Promise<number> {
  using scope = linkScope(signal, timeoutMs);
  try {
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: scope.signal });
    await response.body?.cancel();
    return response.status;
  } catch (cause) {
    const late = scope.signal.aborted && !signal.aborted;
    throw new UndeliveredEvent(late ? `no answer within ${timeoutMs} ms` : "it cannot be reached", {
      worthRetrying: true,
      cause,
    });
  }
}
