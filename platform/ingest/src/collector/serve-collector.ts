import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { drainServer } from "@thoth/kernel/drain-server";
import { guardListener, type Listener } from "@thoth/kernel/guarded-listener";
import { ingestError } from "../errors.ts";
import type { Collector } from "./collector.ts";
import type { CollectorHandler } from "./collector-http.ts";

export interface CollectorServer extends AsyncDisposable {
  /** `http://127.0.0.1:4000` */
  readonly url: string;
}

export interface ServeCollectorOptions {
  readonly handler: CollectorHandler;
  readonly collector: Collector;
  /** Told of what should not have happened. */
  readonly onFailure: (failure: unknown) => void;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
}

/** Who sends a request slower than this, milliseconds, only holds a connection. */
const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2000 };

/** Longest wait for requests under way when the server stops, milliseconds. */
const drainMs = 10_000;

/**
 * A server for the collector alone; beside a gateway it shares that one's. Disposing lets requests under way end.
 * @throws MeshError `ingest/cannot-listen`
 */
export async function serveCollector(options: ServeCollectorOptions): Promise<CollectorServer> {
  const { handler, collector, host, port, onFailure } = options;
  const server = createServer(timeouts, guardListener(answerAll(handler, collector), onFailure));
  server.maxConnections = 2000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(ingestError["cannot-listen"]({ host, port, reason: cause.code ?? cause.message }, { cause })),
    );
    server.listen(port, host, resolve);
  });
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => drainServer(server, drainMs),
  };
}

/** The collector's paths, and the health of this process. */
function answerAll(handler: CollectorHandler, collector: Collector): Listener {
  return (request, response) => {
    if (handler(request, response)) return;
    request.resume();
    const health = collector.health();
    const isHealth = request.url === "/healthz" || request.url === "/readyz";
    const status = isHealth ? (health.ok || request.url === "/healthz" ? 200 : 503) : 404;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(
      JSON.stringify(isHealth ? health : { message: "The collector has /events and /v1/logs, metrics, traces" }),
    );
  };
}
