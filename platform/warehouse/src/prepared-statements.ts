import { type DuckDBConnection, type DuckDBPreparedStatement, StatementType } from "@duckdb/node-api";
import { warehouseError } from "./errors.ts";
import { interruptOnAbort } from "./run-statement.ts";

/** How many statements a connection keeps ready. Each holds a bound plan: some hundred kilobytes when it is large. */
const mostStatements = 64;

/** A statement without values, until it is disposed. */
export interface ReadyStatement extends Disposable {
  readonly statement: DuckDBPreparedStatement;
}

/**
 * The statements of one connection that runs one at a time, ready to run again with other values. Parsing and binding a
 * statement of a page takes the engine as long as running it.
 */
export class PreparedStatements implements Disposable {
  readonly #connection: DuckDBConnection;
  readonly #bySql = new Map<string, DuckDBPreparedStatement>();
  #running = false;
  #outdated = false;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /**
   * @param once true for one that is not kept for the next time
   * @throws MeshError `warehouse/not-a-read`: several statements, or one that changes anything, by what the engine itself takes them for
   */
  async prepare(sql: string, { once = false }: { readonly once?: boolean } = {}): Promise<ReadyStatement> {
    if (once) {
      const statement = await prepareRead(this.#connection, sql);
      return { statement, [Symbol.dispose]: () => statement.destroySync() };
    }
    return { statement: await this.#kept(sql), [Symbol.dispose]: () => undefined };
  }

  /**
   * Until it is disposed a statement runs, which the signal interrupts.
   * @throws the signal's reason
   */
  occupy(signal?: AbortSignal): Disposable {
    signal?.throwIfAborted();
    const interrupts = interruptOnAbort(this.#connection, signal);
    this.#running = true;
    return {
      [Symbol.dispose]: () => {
        interrupts[Symbol.dispose]();
        this.#running = false;
        if (this.#outdated) this.forget();
      },
    };
  }

  /** At once, or as soon as what runs has ended: what was prepared before a view changed must not be used after it. */
  forget(): void {
    this.#outdated = this.#running;
    if (!this.#running) this[Symbol.dispose]();
  }

  /** One that does not run: what it made when it last ran goes with it. */
  letGo(sql: string): void {
    this.#bySql.get(sql)?.destroySync();
    this.#bySql.delete(sql);
  }

  async #kept(sql: string): Promise<DuckDBPreparedStatement> {
    const known = this.#bySql.get(sql);
    this.#bySql.delete(sql);
    const statement = known ?? (await prepareRead(this.#connection, sql));
    statement.clearBindings();
    this.#bySql.set(sql, statement);
    const [oldest] = this.#bySql.keys();
    if (this.#bySql.size > mostStatements && oldest !== undefined) this.letGo(oldest);
    return statement;
  }

  /** Lets go of all statements, and of the files that their plans read. None may be running. */
  [Symbol.dispose](): void {
    for (const sql of [...this.#bySql.keys()]) this.letGo(sql);
  }
}

async function prepareRead(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const prepared = await connection.prepare(sql);
  if (prepared.statementType === StatementType.SELECT) return prepared;
  prepared.destroySync();
  throw warehouseError["not-a-read"]({ statement: sql.trim().slice(0, 40) });
}
