import { type DuckDBConnection, DuckDBInstance, type DuckDBPreparedStatement, INTEGER, LIST } from "@duckdb/node-api";

export type Parameter = string | number | readonly number[];
export type Row = Readonly<Record<string, unknown>>;

/** The tables of the world in an engine of its own, read-only. */
export interface Tables {
  rows(sql: string, parameters: readonly Parameter[]): Promise<Row[]>;
  /** Of a statement that yields one text. */
  text(sql: string, parameters: readonly Parameter[]): Promise<string>;
}

export interface TableFile {
  /** As it is called here, and in the file. */
  readonly name: string;
  readonly file: string;
}

const connections = 3;

export async function openTables(files: readonly TableFile[]): Promise<Tables> {
  const instance = await DuckDBInstance.create(":memory:");
  const first = await instance.connect();
  for (const { name, file } of files) {
    await first.run(`ATTACH '${file.replaceAll("'", "''")}' AS ${name}_file (READ_ONLY)`);
    await first.run(`CREATE VIEW ${name} AS FROM ${name}_file.main.${name}`);
  }
  const pool: Connection[] = [];
  for (let index = 0; index < connections; index++) pool.push(await openConnection(instance));
  return new PooledTables(pool);
}

interface Connection {
  readonly connection: DuckDBConnection;
  readonly prepared: Map<string, DuckDBPreparedStatement>;
}

async function openConnection(instance: DuckDBInstance): Promise<Connection> {
  const connection = await instance.connect();
  await connection.run("SET timezone = 'UTC'");
  return { connection, prepared: new Map() };
}

class PooledTables implements Tables {
  readonly #idle: Connection[];
  readonly #waiting: ((connection: Connection) => void)[] = [];

  constructor(connections: Connection[]) {
    this.#idle = connections;
  }

  rows(sql: string, parameters: readonly Parameter[]): Promise<Row[]> {
    return this.#use(async (connection) => {
      const statement = await bound(connection, sql, parameters);
      return (await statement.run()).getRowObjectsJS();
    });
  }

  text(sql: string, parameters: readonly Parameter[]): Promise<string> {
    return this.#use(async (connection) => {
      const statement = await bound(connection, sql, parameters);
      const chunk = await (await statement.run()).fetchChunk();
      return String(chunk?.getColumnVector(0).getItem(0));
    });
  }

  async #use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await new Promise<Connection>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(connection);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(connection);
      else next(connection);
    }
  }
}

async function bound({ connection, prepared }: Connection, sql: string, parameters: readonly Parameter[]) {
  const statement = prepared.get(sql) ?? (await connection.prepare(sql));
  prepared.set(sql, statement);
  for (const [index, value] of parameters.entries()) {
    if (typeof value === "string") statement.bindVarchar(index + 1, value);
    else if (typeof value === "number") statement.bindInteger(index + 1, value);
    else statement.bindList(index + 1, value, LIST(INTEGER));
  }
  return statement;
}
