import { lineSettings, PostgresLine } from "@thoth/control/postgres-line";
import { isNoAnswer } from "@thoth/control/server-away";
import { type Client, DatabaseError } from "pg";
import type { Variables } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { readSecret, type SecretSetting } from "./secret-setting.ts";

export interface PostgresSession extends AsyncDisposable {
  readonly client: Client;
  /** `postgres://host:port/database`, without user and password. */
  readonly server: string;
  /** Turns a failure of the driver or the server into one of ours. */
  explain(failure: unknown): unknown;
}

export interface SessionOptions {
  readonly statementTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Where the connection is looked up. */
  readonly env?: Variables | undefined;
}

/** The server ends a statement that takes too long, and says so; one that says nothing this much later is gone, ms. */
const unheardMs = 5_000;
const longestTimerMs = 2 ** 31 - 1;

function answerLimit(statementTimeoutMs: number): number {
  return Math.min(longestTimerMs, Math.trunc(statementTimeoutMs) + unheardMs);
}

/**
 * Opens a session in a read-only transaction that sees one state of the database. Aborting the signal cuts the session.
 * @throws MeshError `ingest/missing-setting`, `ingest/invalid-connection`, `ingest/source-unreachable`, `ingest/source-refused`
 */
export async function openSession(setting: SecretSetting, options: SessionOptions): Promise<PostgresSession> {
  const { signal, statementTimeoutMs } = options;
  const url = await readSecret(setting, options.env);
  signal.throwIfAborted();
  const server = describeServer(url);
  const client = newClient(url, statementTimeoutMs);
  // A session that breaks while nothing is asked reports it here; the next statement fails with the same.
  client.on("error", () => undefined);
  const cut = () => void client.end().catch(() => undefined);
  signal.addEventListener("abort", cut, { once: true });
  const explain = (failure: unknown) =>
    signal.aborted ? signal.reason : explainFailure(failure, { server, statementTimeoutMs });
  const close = async () => {
    signal.removeEventListener("abort", cut);
    await client.end();
  };
  try {
    await client.connect();
    await client.query(beginStatements(statementTimeoutMs));
  } catch (failure) {
    await close().catch(() => undefined);
    throw explain(failure);
  }
  return { client, server, explain, [Symbol.asyncDispose]: close };
}

const form = "postgres://user:password@host:5432/database";

function describeServer(url: string): string {
  const { hostname, port, pathname, searchParams } = parseUrl(url);
  const host = hostname || searchParams.get("host") || "localhost";
  return `postgres://${host}:${port || searchParams.get("port") || 5432}${pathname}`;
}

function parseUrl(url: string): URL {
  if (!URL.canParse(url)) throw ingestError["invalid-connection"]({ problem: "is not a URL", form });
  const parsed = new URL(url);
  if (/^postgres(ql)?:$/.test(parsed.protocol)) return parsed;
  throw ingestError["invalid-connection"]({ problem: "does not begin with postgres://", form });
}

/**
 * Where a connection leads, without user and password: `postgres://db.example.org:5432` and the database.
 * @throws MeshError `ingest/invalid-connection`, also for one that leaves the database to its user's name
 */
export function dataSourceOf(url: string): { readonly server: string; readonly database: string } {
  const { hostname, port, pathname, searchParams } = parseUrl(url);
  // As the driver has it: what a parameter says comes first. A socket is on this machine.
  const host = searchParams.get("host") || hostname;
  const server = host === "" || /^(\/|%2f)/i.test(host) ? "localhost" : host.toLowerCase();
  const database = decodeURI(pathname.slice(1));
  if (database === "") throw ingestError["invalid-connection"]({ problem: "names no database", form });
  return { server: `postgres://${server}:${port || searchParams.get("port") || 5432}`, database };
}

function newClient(url: string, statementTimeoutMs: number): Client {
  try {
    return new PostgresLine({
      ...lineSettings,
      connectionString: url,
      application_name: "thoth-mesh",
      query_timeout: answerLimit(statementTimeoutMs),
    });
  } catch {
    // The driver's own error quotes the URL.
    throw ingestError["invalid-connection"]({ problem: "is not one that the driver understands", form });
  }
}

/** Fixed forms for dates and numbers, so that a text means the same on every server. */
function beginStatements(statementTimeoutMs: number): string {
  return `BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = ${Math.trunc(statementTimeoutMs)};
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL timezone = 'UTC';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL synchronize_seqscans = off`;
}

const unreachable = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH"]);

function explainFailure(failure: unknown, place: { server: string; statementTimeoutMs: number }): unknown {
  if (!(failure instanceof Error)) return failure;
  const { server } = place;
  const context = { at: { path: server }, cause: failure };
  if (failure instanceof DatabaseError) return explainServer(failure, place);
  const code = "code" in failure ? String(failure.code) : "";
  if (unreachable.has(code)) return ingestError["source-unreachable"]({ server, reason: code }, context);
  if (isNoAnswer(failure)) {
    const reason = `it has not answered for ${answerLimit(place.statementTimeoutMs) / 1000} s`;
    return ingestError["source-unreachable"]({ server, reason }, context);
  }
  if (/terminated|timeout|closed|SSL|ended/i.test(failure.message)) {
    return ingestError["source-unreachable"]({ server, reason: failure.message }, context);
  }
  return failure;
}

/**
 * By SQLSTATE. Only texts that cannot quote a value are passed on.
 * @source PostgreSQL, appendix A: error codes
 */
function explainServer(failure: DatabaseError, place: { server: string; statementTimeoutMs: number }): Error {
  const { server, statementTimeoutMs } = place;
  const state = failure.code ?? "XX000";
  const context = { at: { path: server } };
  if (state === "57014" && /timeout/.test(failure.message)) {
    return ingestError["source-timeout"]({ server, limitMs: statementTimeoutMs }, context);
  }
  const reason = `${failure.message} (${state})`;
  if (/^28|^3D|^42501/.test(state)) return ingestError["source-refused"]({ server, reason }, context);
  if (/^08|^53|^57P/.test(state)) return ingestError["source-unreachable"]({ server, reason }, context);
  const shown = /^(42|40|55)/.test(state) ? reason : `SQLSTATE ${state}`;
  return ingestError["source-failed"]({ server, reason: shown }, context);
}
