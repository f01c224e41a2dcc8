import { type DuckDBConnection, type DuckDBPreparedStatement, StatementType } from "@duckdb/node-api";
import { warehouseError } from "./errors.ts";

/** How many statements a connection keeps ready. Each holds a bound plan: some hundred kilobytes when it is large. */
const mostStatements = 64;

/** A statement without values, until it is disposed. */
export interface ReadyStatement extends Disposable {
  readonly statement: DuckDBPreparedStatement;
}

/**
 * The statements of one connection, ready to run again with other values. Parsing and binding a statement of a page
 * takes the engine as long as running it.
 */
export class PreparedStatements implements Disposable {
  readonly #connection: DuckDBConnection;
  readonly #bySql = new Map<string, DuckDBPreparedStatement>();

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

  async #kept(sql: string): Promise<DuckDBPreparedStatement> {
    const known = this.#bySql.get(sql);
    this.#bySql.delete(sql);
    const statement = known ?? (await prepareRead(this.#connection, sql));
    statement.clearBindings();
    this.#bySql.set(sql, statement);
    const [oldest] = this.#bySql.keys();
    if (this.#bySql.size > mostStatements && oldest !== undefined) this.#forget(oldest);
    return statement;
  }

  /** Lets go of all statements, and of the files that their plans read. None may be running. */
  [Symbol.dispose](): void {
    for (const sql of [...this.#bySql.keys()]) this.#forget(sql);
  }

  #forget(sql: string): void {
    this.#bySql.get(sql)?.destroySync();
    this.#bySql.delete(sql);
  }
}

async function prepareRead(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const prepared = await connection.prepare(sql);
  if (prepared.statementType === StatementType.SELECT) return prepared;
  prepared.destroySync();
  throw warehouseError["not-a-read"]({ statement: sql.trim().slice(0, 40) });
}
