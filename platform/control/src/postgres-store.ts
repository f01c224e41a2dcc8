import { Client, type ClientBase, type ClientConfig, type CustomTypesConfig, Pool, type PoolClient, types } from "pg";
import { columnParsers } from "./column-values.ts";
import type { ControlHandle, ControlStore } from "./control-plane.ts";
import { controlError } from "./errors.ts";
import { holdPostgresPresence } from "./postgres-presence.ts";
import type { Presence } from "./presence.ts";
import { describeServer } from "./server-url.ts";

/**
 * Opens a pool on a Postgres server and makes sure that it answers.
 * @throws MeshError `control/invalid-url`, `control/unreachable`; neither shows the password
 */
export async function openPostgres(url: string): Promise<ControlStore> {
  const server = describeServer(url);
  const config = clientConfig(url);
  const pool = new Pool(config);
  // The pool itself drops an idle connection that breaks; an event nobody listens for would end the process.
  pool.on("error", dropped);
  const connect = () =>
    pool.connect().catch((cause: unknown) => {
      throw controlError.unreachable({ server, reason: reasonOf(cause) }, { cause });
    });
  const handle = pooledHandle(connect);
  let presence: (Presence & AsyncDisposable) | undefined;
  const close = async () => {
    await presence?.[Symbol.asyncDispose]();
    await pool.end();
  };
  try {
    await handle.query("select 1");
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...handle,
    kind: "server",
    transaction: (work) => withClient(connect, (client) => inTransaction(client, work)),
    holdPresence: async (workerId, graceMs) => {
      const own = { ...config, application_name: "thoth-mesh presence", query_timeout: graceMs };
      presence = await holdPostgresPresence(() => new Client(own), { workerId, graceMs });
      return presence;
    },
    [Symbol.asyncDispose]: close,
  };
}

function clientConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: "thoth-mesh",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types: columnTypes,
  };
}

const columnTypes = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    columnParsers[oid] ?? types.getTypeParser(oid, format ?? "text"),
} as CustomTypesConfig;

const dropped = (_error: unknown) => undefined;

type Connect = () => Promise<PoolClient>;

function pooledHandle(connect: Connect): ControlHandle {
  return {
    query: (sql, params) => withClient(connect, (client) => handleOf(client).query(sql, params)),
    execute: (script) =>
      withClient(connect, async (client) => {
        try {
          return await handleOf(client).execute(script);
        } catch (failure) {
          // A script that began a transaction of its own and failed would leave the connection in it.
          await client.query("rollback").catch(dropped);
          throw failure;
        }
      }),
  };
}

function handleOf(client: ClientBase): ControlHandle {
  return {
    query: async <Row extends object>(sql: string, params: readonly unknown[] = []) =>
      (await client.query<Row>(sql, [...params])).rows,
    execute: async (script) => {
      // Of several statements the driver gives a list of results, of one the result itself.
      const results: unknown = await client.query(script);
      return (Array.isArray(results) ? results : [results]).flatMap(({ rows }: { rows?: object[] }) => rows ?? []);
    },
  };
}

async function withClient<Result>(connect: Connect, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await connect();
  // The pool listens to idle connections only, and an event nobody listens for would end the process.
  client.on("error", dropped);
  try {
    return await work(client);
  } finally {
    client.off("error", dropped);
    client.release();
  }
}

async function inTransaction<Result>(
  client: ClientBase,
  work: (handle: ControlHandle) => Promise<Result>,
): Promise<Result> {
  await client.query("begin");
  try {
    const result = await work(handleOf(client));
    await client.query("commit");
    return result;
  } catch (error) {
    // When the connection itself broke, there is nothing left to roll back, and the first error says more.
    await client.query("rollback").catch(dropped);
    throw error;
  }
}

/** A refused connection to `localhost` is an `AggregateError` without a message. */
function reasonOf(cause: unknown): string {
  const { message, code } = cause as { message?: string; code?: string };
  return message || code || "no reason was given";
}
