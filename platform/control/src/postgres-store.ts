import { type ClientBase, type ClientConfig, type CustomTypesConfig, Pool, type PoolClient, types } from "pg";
import { columnParsers } from "./column-values.ts";
import type { ControlHandle, ControlStore } from "./control-plane.ts";
import { controlError } from "./errors.ts";
import { lineSettings, PostgresLine } from "./postgres-line.ts";
import { holdPostgresPresence, noticeDeadMachineSql } from "./postgres-presence.ts";
import type { Presence } from "./presence.ts";
import { isNoAnswer } from "./server-away.ts";
import { describeServer, takeAnswerLimit } from "./server-url.ts";

/**
 * Opens a pool on a Postgres server and makes sure that it answers.
 * @throws MeshError `control/invalid-url`, `control/unreachable`; neither shows the password
 */
export async function openPostgres(url: string): Promise<ControlStore> {
  const server = describeServer(url);
  const { answerMs, url: connectionString } = takeAnswerLimit(url);
  const config = clientConfig(connectionString, answerMs);
  const pool = new Pool({ ...config, Client: PostgresLine });
  // The pool itself drops an idle connection that breaks; an event nobody listens for would end the process.
  pool.on("error", dropped);
  const unreachable = (cause: unknown) =>
    controlError.unreachable({ server, reason: reasonOf(cause, answerMs) }, { cause });
  const connect = () => connectPrepared(pool).catch((cause: unknown) => Promise.reject(unreachable(cause)));
  const lines = { connect, unreachable };
  const handle = pooledHandle(lines);
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
    transaction: (work, longestMs) => withClient(lines, (client) => inTransaction(client, work, longestMs)),
    holdPresence: async (workerId, graceMs) => {
      const own = { ...config, application_name: "thoth-mesh presence", query_timeout: graceMs };
      presence = await holdPostgresPresence(() => new PostgresLine(own), { workerId, graceMs });
      return presence;
    },
    [Symbol.asyncDispose]: close,
  };
}

function clientConfig(connectionString: string, answerMs: number): ClientConfig {
  return {
    ...lineSettings,
    connectionTimeoutMillis: connectMs(answerMs),
    connectionString,
    application_name: "thoth-mesh",
    query_timeout: answerMs,
    types: columnTypes,
  };
}

function connectMs(answerMs: number): number {
  return Math.min(lineSettings.connectionTimeoutMillis, answerMs);
}

/**
 * What a machine that is gone, or a process that sleeps, has locked is free again: others wait for it. Committing rows
 * under a lock may take its time.
 */
const prepareSql = `${noticeDeadMachineSql}; set idle_in_transaction_session_timeout = '10min'`;

const prepared = new WeakSet<ClientBase>();

async function connectPrepared(pool: Pool): Promise<PoolClient> {
  const client = await pool.connect();
  if (prepared.has(client)) return client;
  client.on("error", dropped);
  try {
    await client.query(prepareSql);
    prepared.add(client);
    return client;
  } catch (failure) {
    client.release(true);
    throw failure;
  } finally {
    client.off("error", dropped);
  }
}

const columnTypes = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    columnParsers[oid] ?? types.getTypeParser(oid, format ?? "text"),
} as CustomTypesConfig;

const dropped = (_error: unknown) => undefined;

interface Lines {
  readonly connect: () => Promise<PoolClient>;
  /** Turns a failure of the driver into one of ours. */
  readonly unreachable: (cause: unknown) => Error;
}

function pooledHandle(lines: Lines): ControlHandle {
  return {
    query: (sql, params) => withClient(lines, (client) => handleOf(client).query(sql, params)),
    execute: (script) =>
      withClient(lines, async (client) => {
        try {
          return await handleOf(client).execute(script);
        } catch (failure) {
          // A script that began a transaction of its own and failed would leave the connection in it.
          await rollBack(client, failure);
          throw failure;
        }
      }),
  };
}

/** @param answerMs takes the place of the connection's own limit */
function handleOf(client: ClientBase, answerMs?: number): ControlHandle {
  const limit = answerMs === undefined ? {} : { query_timeout: answerMs };
  return {
    query: async <Row extends object>(text: string, params: readonly unknown[] = []) =>
      (await client.query<Row>({ ...limit, text, values: [...params] })).rows,
    execute: async (text) => {
      // Of several statements the driver gives a list of results, of one the result itself.
      const results: unknown = await client.query({ ...limit, text });
      return (Array.isArray(results) ? results : [results]).flatMap(({ rows }: { rows?: object[] }) => rows ?? []);
    },
  };
}

async function withClient<Result>(
  { connect, unreachable }: Lines,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await connect();
  // The pool listens to idle connections only, and an event nobody listens for would end the process.
  client.on("error", dropped);
  let silent = false;
  try {
    return await work(client);
  } catch (failure) {
    silent = isNoAnswer(failure);
    throw silent ? unreachable(failure) : failure;
  } finally {
    client.off("error", dropped);
    // On one that has not answered nothing else can be asked.
    client.release(silent);
  }
}

async function inTransaction<Result>(
  client: ClientBase,
  work: (handle: ControlHandle) => Promise<Result>,
  answerMs: number | undefined,
): Promise<Result> {
  await client.query("begin");
  try {
    const result = await work(handleOf(client, answerMs));
    await client.query("commit");
    return result;
  } catch (failure) {
    await rollBack(client, failure);
    throw failure;
  }
}

/** When the connection itself broke there is nothing left to roll back, and the first error says more. */
async function rollBack(client: ClientBase, failure: unknown): Promise<void> {
  if (!isNoAnswer(failure)) await client.query("rollback").catch(dropped);
}

/** A refused connection to `localhost` is an `AggregateError` without a message. */
function reasonOf(cause: unknown, answerMs: number): string {
  if (isNoAnswer(cause)) return `it has not answered for ${answerMs / 1000} s`;
  if (cause instanceof Error && /timeout/.test(cause.message))
    return `no connection within ${connectMs(answerMs) / 1000} s`;
  const { message, code } = cause as { message?: string; code?: string };
  return message || code || "no reason was given";
}
