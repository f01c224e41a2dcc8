import { linkScope } from "@thoth/kernel/abort-scope";
import { type ContextOptions, createRequestContext, type GatewayContext } from "./request-context.ts";
import type { StreamInbox } from "./stream-inbox.ts";

/** Longest time in which a token that has ended, or an agreement, is still taken for good, milliseconds. */
const lookEveryMs = 500;

export interface SessionOptions {
  readonly options: ContextOptions;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal | undefined;
}

/**
 * Wakes for as long as a stream is open: when something is in its inbox, and every second. Each time whoever asked is
 * asked for again, with the decisions of that moment.
 * @throws GraphQLError as `createRequestContext` once the token is no good any more
 */
export async function* awaken(
  request: Request,
  inbox: StreamInbox<unknown>,
  { options, stopping }: SessionOptions,
): AsyncGenerator<GatewayContext, void, void> {
  using scope = linkScope(stopping);
  const leave = () => scope.abort();
  request.signal.addEventListener("abort", leave, { once: true });
  if (request.signal.aborted) return;
  while (!scope.signal.aborted) {
    const context = await createRequestContext(askedAnew(request), options);
    // Its deadline is for one answer, and this is none yet.
    context.scope[Symbol.dispose]();
    yield context;
    await inbox.wait(lookEveryMs, scope.signal);
  }
}

/** The same request as one that has just come: who sends it is verified again. */
export function askedAnew({ url, headers, signal }: Request): Request {
  return new Request(url, { headers: Object.fromEntries(headers), signal });
}

/** Whether a client takes an answer that goes on. */
export function takesStreams({ headers }: Request): boolean {
  return /text\/event-stream/i.test(headers.get("accept") ?? "");
}
