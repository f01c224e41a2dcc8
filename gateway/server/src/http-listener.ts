import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { drainServer } from "@thoth/kernel/drain-server";
import { guardListener, type Listener } from "@thoth/kernel/guarded-listener";
import type { RunningServer, ServerLog } from "@thoth/subgraph/served-graph";
import { gatewayError } from "./errors.ts";
import { descriptorLimit, HttpConnections } from "./http-connections.ts";
import { describeForLog } from "./mask-error.ts";
import type { ServerLimits } from "./server-settings.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** How long things may take: who sends slower, or reads slower, only holds a connection. */
  readonly limits: Pick<
    ServerLimits,
    "connections" | "drainMs" | "headersTimeoutMs" | "bodyTimeoutMs" | "idleTimeoutMs"
  >;
  /** Behind one all readers have its address, so that addresses have no shares of the connections. */
  readonly trustedProxies?: number;
  readonly log: ServerLog;
}

/** Connections are looked at this many times within the shortest time that they have. */
const looks = 10;

/** How long a client has to take notice of an answer that came before its request was complete, milliseconds. */
const lingerMs = 500;

/**
 * Listens until disposed. Disposing stops taking connections and lets answers in flight finish.
 * @throws MeshError `gateway/port-in-use`, `gateway/cannot-listen`
 */
export async function listen(
  handler: Listener,
  { host, port, limits, trustedProxies = 0, log }: ListenOptions,
): Promise<RunningServer> {
  const { drainMs, headersTimeoutMs, bodyTimeoutMs, idleTimeoutMs } = limits;
  const connectionsCheckingInterval = Math.ceil(Math.min(headersTimeoutMs, bodyTimeoutMs) / looks);
  const timeouts = { headersTimeout: headersTimeoutMs, requestTimeout: bodyTimeoutMs, connectionsCheckingInterval };
  const guarded = guardListener(refuseBadHosts(handler), (failure) =>
    log.error("a request failed", { error: describeForLog(failure) }),
  );
  const connections = new HttpConnections(connectionLimits(limits.connections, trustedProxies));
  const server = createServer(timeouts, connections.guard(guarded));
  server.setTimeout(idleTimeoutMs);
  server.prependListener("request", closeBehindUnreadBody);
  connections.watch(server);
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

/** Half of what the process may have open is for files, the engine and the SQL port; half of the rest for one address. */
function connectionLimits(most: number, trustedProxies: number) {
  const all = Math.min(most, Math.floor((descriptorLimit() ?? Number.POSITIVE_INFINITY) / 2));
  return { all, address: trustedProxies > 0 ? all : Math.ceil(all / 2) };
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  const context = { cause, at: { path: `${host}:${port}` } };
  if (cause.code === "EADDRINUSE") return gatewayError["port-in-use"]({ host, port }, context);
  return gatewayError["cannot-listen"]({ host, port, reason: cause.code ?? cause.message }, context);
}

/** With a host that is none a request has no address, and the server behind would tell its client where it broke. */
function refuseBadHosts(handler: Listener): Listener {
  return (request, response) => {
    const { host } = request.headers;
    if (host === undefined || URL.canParse(`http://${host}`)) return handler(request, response);
    request.resume();
    return response.writeHead(400, { "content-type": "text/plain" }).end("The header Host names no host.\n");
  };
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
