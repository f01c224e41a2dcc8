import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { drainServer } from "@thoth/kernel/drain-server";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { gatewayError } from "./errors.ts";
import type { ServerLimits } from "./server-settings.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** How long things may take: who sends slower, or reads slower, only holds a connection. */
  readonly limits: Pick<ServerLimits, "drainMs" | "headersTimeoutMs" | "bodyTimeoutMs" | "idleTimeoutMs">;
}

/** Connections are looked at this many times within the shortest time that they have. */
const looks = 10;

/** How long a client has to take notice of an answer that came before its request was complete, milliseconds. */
const lingerMs = 500;

/**
 * Listens until disposed. Disposing stops taking connections and lets answers in flight finish.
 * @throws MeshError `gateway/port-in-use`, `gateway/cannot-listen`
 */
export async function listen(handler: RequestListener, { host, port, limits }: ListenOptions): Promise<RunningServer> {
  const { drainMs, headersTimeoutMs, bodyTimeoutMs, idleTimeoutMs } = limits;
  const connectionsCheckingInterval = Math.ceil(Math.min(headersTimeoutMs, bodyTimeoutMs) / looks);
  const timeouts = { headersTimeout: headersTimeoutMs, requestTimeout: bodyTimeoutMs, connectionsCheckingInterval };
  const server = createServer(timeouts, handler);
  server.setTimeout(idleTimeoutMs);
  server.prependListener("request", closeBehindUnreadBody);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(explain(cause, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${address.port}`,
    [Symbol.asyncDispose]: () => drainServer(server, drainMs),
  };
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  const context = { cause, at: { path: `${host}:${port}` } };
  if (cause.code === "EADDRINUSE") return gatewayError["port-in-use"]({ host, port }, context);
  return gatewayError["cannot-listen"]({ host, port, reason: cause.code ?? cause.message }, context);
}

/** A body that was given up halfway is never read to its end, so the next request on its connection would hang. */
function closeBehindUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  response.once("finish", () => {
    if (!request.destroyed || request.complete) return;
    socket.end();
    // Cut at once, the rest of the body would make the client's system throw the answer away.
    setTimeout(() => socket.destroy(), lingerMs).unref();
  });
}
