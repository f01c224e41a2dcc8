import { randomBytes } from "node:crypto";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { RunningServer } from "@thoth/subgraph/served-graph";
import { gatewayError } from "../errors.ts";
import { describeForLog } from "../mask-error.ts";
import { Catalog } from "./catalog/catalog.ts";
import { ConnectionShares } from "./connection-shares.ts";
import { OpenSessions } from "./open-sessions.ts";
import { WaitingResults } from "./session/waiting-results.ts";
import { AttemptLimit } from "./sign-in/attempt-limit.ts";
import { type ConnectionParts, databaseName, serveConnection } from "./sql-connection.ts";
import { defaultSqlPortLimits, type SqlPortOptions } from "./sql-port-options.ts";
import { followTlsFiles } from "./tls-context.ts";

/**
 * Serves products over Postgres' protocol until disposed. Disposing lets statements in flight finish for a while.
 * @throws MeshError `gateway/sql-port-in-use`, `gateway/cannot-listen`, `gateway/sql-tls-files`
 */
export async function serveSqlPort(options: SqlPortOptions): Promise<RunningServer> {
  const limits = { ...defaultSqlPortLimits, ...options.limits };
  const oldGoesOn = (failure: unknown) =>
    options.log.error("the SQL port goes on with the certificate it has", { error: describeForLog(failure) });
  const tls = options.tls && (await followTlsFiles(options.tls, oldGoesOn));
  await using opening = new AsyncDisposableStack();
  const { clock, log } = options;
  const catalog = opening.use(new Catalog({ clock, log, deadlineMs: limits.catalogMs }));
  const sessions = new OpenSessions();
  const connections = new Set<Promise<void>>();
  let isStopping = false;
  const parts: ConnectionParts = {
    ...options,
    options,
    limits,
    tls,
    catalog,
    sessions,
    shares: new ConnectionShares(limits),
    waiting: new WaitingResults(limits.waiting, options.tmpDir),
    attempts: new AttemptLimit(limits.failedSignIns),
    mockSecret: randomBytes(32),
    isStopping: () => isStopping,
  };
  const server = createServer((socket) => {
    // What nobody has foreseen ends this connection, and not the process.
    const broken = (failure: unknown) => {
      log.error("a connection broke", { error: describeForLog(failure) });
      socket.destroy();
    };
    const served = serveConnection(socket, parts)
      .catch(broken)
      .finally(() => connections.delete(served));
    connections.add(served);
  });
  // Those that are sent away take a moment to leave.
  server.maxConnections = (limits.connections + limits.pending.all) * 2;
  const address = await listenOn(server, options);
  const review = setInterval(() => void reviewAll(sessions), limits.reviewMs).unref();
  const resources = opening.move();
  options.log.info("SQL port is up", { url: urlOf(options.host, address.port) });
  return {
    url: urlOf(options.host, address.port),
    [Symbol.asyncDispose]: async () => {
      isStopping = true;
      const closed = new Promise((resolve) => server.close(resolve));
      await endSessions({ sessions, connections, drainMs: limits.drainMs });
      clearInterval(review);
      await closed;
      await resources.disposeAsync();
    },
  };
}

async function reviewAll(sessions: OpenSessions): Promise<void> {
  await Promise.all(sessions.all().map((session) => session.review()));
}

interface Ending {
  readonly sessions: OpenSessions;
  readonly connections: ReadonlySet<Promise<void>>;
  readonly drainMs: number;
}

/** Those that wait are sent away at once, those that run a statement when it has ended or takes too long. */
async function endSessions({ sessions, connections, drainMs }: Ending): Promise<void> {
  const stopping = gatewayError["sql-stopping"](undefined);
  const deadline = Date.now() + drainMs;
  const sweep = setInterval(() => {
    for (const session of sessions.all()) if (!session.isBusy || Date.now() >= deadline) session.end(stopping);
  }, 20);
  await Promise.all(connections);
  clearInterval(sweep);
}

function urlOf(host: string, port: number): string {
  return `postgres://${host.includes(":") ? `[${host}]` : host}:${port}/${databaseName}`;
}

async function listenOn(server: Server, { host, port }: SqlPortOptions): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(explain(cause, host, port)));
    server.listen(port, host, resolve);
  });
  return server.address() as AddressInfo;
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  const context = { cause, at: { path: `${host}:${port}` } };
  if (cause.code === "EADDRINUSE") return gatewayError["sql-port-in-use"]({ host, port }, context);
  return gatewayError["cannot-listen"]({ host, port, reason: cause.code ?? cause.message }, context);
}
