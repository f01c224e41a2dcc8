import { type Connection, type ConnectionOptions, createConnection, type QueryError, type RowDataPacket } from "mysql2";
import type { Variables } from "./connector.ts";
import { CsvLine } from "./csv-line.ts";
import { type BlockLimits, BlockQueue, type RowBlock } from "./database-block.ts";
import { type MariadbAddress, parseAddress } from "./mariadb-address.ts";
import { explainFailure, NoAnswer } from "./mariadb-failure.ts";
import { readSecret, type SecretSetting } from "./secret-setting.ts";

export interface MariadbSession extends AsyncDisposable {
  /** `mysql://host:port/database`, without user and password. */
  readonly server: string;
  readonly database: string;
  ask(statement: string): Promise<RowDataPacket[]>;
  /**
   * Runs a SELECT and yields its rows as CSV. While nobody asks for the next block the socket is paused, so the server
   * waits too.
   */
  rows(statement: string, limits: BlockLimits): AsyncGenerator<RowBlock, void, void>;
  /** Turns a failure of the driver or the server into one of ours. */
  explain(failure: unknown): unknown;
}

export interface SessionOptions {
  readonly statementTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Where the connection is looked up. */
  readonly env?: Variables | undefined;
}

/**
 * Opens a session in a read-only transaction that sees one state of the database (tables of InnoDB). Aborting the signal
 * ends the session here and on the server.
 * @throws MeshError `ingest/missing-setting`, `ingest/invalid-connection`, `ingest/source-unreachable`, `ingest/source-refused`
 */
export async function openSession(setting: SecretSetting, options: SessionOptions): Promise<MariadbSession> {
  const address = await parseAddress(await readSecret(setting, options.env));
  options.signal.throwIfAborted();
  const session = new Session(address, options);
  try {
    await session.begin();
  } catch (failure) {
    await session[Symbol.asyncDispose]().catch(() => undefined);
    throw session.explain(failure);
  }
  return session;
}

/** The server ends a statement that takes too long, and says so; one that says nothing this much later is gone, ms. */
const unheardMs = 5_000;
const longestTimerMs = 2 ** 31 - 1;

class Session implements MariadbSession {
  readonly server: string;
  readonly database: string;
  readonly #config: ConnectionOptions;
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  /** Answers those whom a driver that is cut off would never answer. */
  readonly #cutOff = new AbortController();
  #unanswered = 0;
  #killed: Promise<void> | undefined;

  constructor({ server, database, config }: MariadbAddress, options: SessionOptions) {
    this.server = server;
    this.database = database;
    this.#config = config;
    this.#options = options;
    this.#connection = createConnection(config);
    // A session that breaks tells it here, and not to those who wait for rows.
    this.#connection.on("error", (failure) => this.#cutOff.abort(failure));
    options.signal.addEventListener("abort", this.#cut, { once: true });
  }

  async begin(): Promise<void> {
    await this.#answer<void>((done) => this.#connection.connect((failure) => done(failure, undefined)));
    const [found] = await this.ask("SELECT VERSION() AS version");
    const isMariadb = /mariadb/i.test(String(found?.version));
    for (const statement of beginStatements(this.#options.statementTimeoutMs, isMariadb)) await this.ask(statement);
  }

  ask(statement: string): Promise<RowDataPacket[]> {
    return this.#answer((done) => this.#connection.query<RowDataPacket[]>(statement, done));
  }

  rows(statement: string, limits: BlockLimits): AsyncGenerator<RowBlock, void, void> {
    const queue = new BlockQueue(limits);
    const line = new CsvLine();
    queue.from(this.#connection);
    const answered = this.#answer<void>((done) => {
      const answer = this.#connection.query({ sql: statement, rowsAsArray: true, typeCast: false });
      answer.on("result", (fields: (Buffer | null)[]) => queue.add(line.of(fields)));
      answer.on("error", (failure: QueryError) => done(failure, undefined));
      answer.on("end", () => done(null, undefined));
    });
    answered.then(
      () => queue.end(),
      (failure: Error) => queue.fail(failure),
    );
    return queue.blocks();
  }

  explain(failure: unknown): unknown {
    const { signal, statementTimeoutMs } = this.#options;
    return signal.aborted ? signal.reason : explainFailure(failure, { server: this.server, statementTimeoutMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#cut);
    if (this.#unanswered > 0) this.#cut();
    this.#connection.destroy();
    await this.#killed;
  }

  async #answer<T>(start: (done: (failure: Error | null, answer: T) => void) => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const { signal } = this.#cutOff;
    signal.throwIfAborted();
    const cut = () => {
      clearTimeout(unheard);
      reject(signal.reason);
    };
    signal.addEventListener("abort", cut, { once: true });
    this.#unanswered++;
    const unheard = setTimeout(() => this.#cutOff.abort(new NoAnswer(this.#limitMs)), this.#limitMs);
    let answered = false;
    start((failure, answer) => {
      if (answered) return; // The driver tells the end after a failure, too.
      answered = true;
      this.#unanswered--;
      clearTimeout(unheard);
      signal.removeEventListener("abort", cut);
      if (failure) reject(failure);
      else resolve(answer);
    });
    return promise;
  }

  get #limitMs(): number {
    return Math.min(longestTimerMs, Math.trunc(this.#options.statementTimeoutMs) + unheardMs);
  }

  /** The server looks at its socket only when it sends, so a statement that is still searching has to be killed. */
  readonly #cut = (): void => {
    const { threadId } = this.#connection;
    // A server that has restarted gives the same numbers to others.
    const isLost = this.#cutOff.signal.aborted;
    this.#cutOff.abort(this.#options.signal.reason);
    this.#connection.destroy();
    if (threadId && !isLost) this.#killed ??= kill(this.#config, threadId);
  };
}

const killTimeoutMs = 2_000;

/** Every user may end sessions of his own. A server that is gone has nothing left to end. */
async function kill(config: ConnectionOptions, threadId: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const connection = createConnection({ ...config, connectTimeout: killTimeoutMs });
  connection.on("error", () => resolve());
  connection.query({ sql: `KILL CONNECTION ${threadId}`, timeout: killTimeoutMs }, () => resolve());
  await promise;
  connection.destroy();
}

/** Fixed forms for names, texts and times, so that a text means the same on every server. */
function beginStatements(statementTimeoutMs: number, isMariadb: boolean): string[] {
  const limitMs = Math.max(1, Math.trunc(statementTimeoutMs));
  const limit = isMariadb ? `max_statement_time = ${limitMs / 1000}` : `max_execution_time = ${limitMs}`;
  // The server waits while a batch lands, and must not take us for gone.
  const patience = Math.min(31_536_000, Math.ceil(limitMs / 1000) + 60);
  return [
    "SET NAMES utf8mb4",
    `SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone = '+00:00',
  net_write_timeout = ${patience}, ${limit}`,
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
  ];
}
