import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  VARCHAR,
} from "@duckdb/node-api";
import { PreparedStatements } from "@thoth/warehouse/prepared-statements";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { readRows } from "@thoth/warehouse/read-values";
import { type DeclaredType, guessTypes, refuseFractions } from "./parameter-types.ts";

/** What the engine says of a statement before it runs. */
export interface StatementFacts {
  readonly columns: readonly { readonly name: string; readonly type: DuckDBType }[];
  /** Types of `$1`, …; VARCHAR where the engine cannot tell. */
  readonly parameters: readonly DuckDBType[];
}

/** Values for `$1`, …, in text form. */
export interface TextValues {
  readonly values: readonly (string | null)[];
  readonly types: readonly DuckDBType[];
}

export interface ParameterHints {
  /** What the client says that its values are, as far as it does. */
  readonly declared: readonly (DeclaredType | undefined)[];
  /** Numbers of those that stand where only a list can. */
  readonly lists: ReadonlySet<number>;
}

export interface DescribeOptions {
  readonly signal: AbortSignal;
  readonly check: () => void;
  /** What is known of `$1`, … besides what the engine says. */
  readonly parameters: ParameterHints;
}

/** A connection that runs one statement at a time and keeps statements ready. Throws what the engine throws. */
export class SqlConnection {
  readonly #connection: DuckDBConnection;
  readonly #statements: PreparedStatements;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
    this.#statements = new PreparedStatements(connection);
  }

  /** The tree of a statement, by a query that takes its text and yields nothing but texts. */
  parse(query: string, text: string, signal: AbortSignal): Promise<SqlRow[]> {
    return this.rows(query, { values: [text], types: [VARCHAR] }, signal);
  }

  /** @param check called once the statement has been bound, before anything of it can run */
  describe(sql: string, { signal, check, parameters: hints }: DescribeOptions): Promise<StatementFacts> {
    return this.#exclusively(signal, async () => {
      const { statement } = await this.#statements.prepare(sql);
      check();
      const parameters = each(statement.parameterCount, (index) => parameterType(statement, index + 1));
      const known = each(statement.columnCount, (index) => statement.columnTypeId(index)).every(isKnown);
      if (!known || parameters.includes(undefined)) return await this.#guess(sql, parameters, hints);
      const column = (index: number) => ({ name: statement.columnName(index), type: statement.columnType(index) });
      return { columns: each(statement.columnCount, column), parameters: parameters.map((type) => type ?? VARCHAR) };
    });
  }

  /** Tables of snapshots that a statement reads, through views, as the engine itself sees it. */
  tableNames(sql: string): readonly string[] {
    return this.#connection.getTableNames(sql, true);
  }

  rows(sql: string, params: TextValues, signal: AbortSignal): Promise<SqlRow[]> {
    return this.#exclusively(signal, async () => {
      const statement = await this.#ready(sql, params);
      signal.throwIfAborted();
      return readRows(await statement.run());
    });
  }

  /** Chunk by chunk, while the engine goes on making them; the connection is free again when the loop has ended. */
  async *stream(sql: string, params: TextValues, signal: AbortSignal): AsyncGenerator<DuckDBDataChunk, void, void> {
    using _ = this.#statements.occupy(signal);
    let open: DuckDBResult | undefined;
    try {
      const statement = await this.#ready(sql, params);
      signal.throwIfAborted();
      open = await statement.stream();
      for (let chunk = await open.fetchChunk(); chunk !== null; chunk = await open.fetchChunk()) {
        if (chunk.rowCount === 0) break;
        yield chunk;
        signal.throwIfAborted();
      }
      open = undefined;
    } catch (error) {
      open = undefined;
      throw error;
    } finally {
      // The engine ends a result that nobody reads on when the connection is asked something else.
      if (open !== undefined) await this.#connection.run("select null");
    }
  }

  /** Of the state that is not shown any more. */
  forgetStatements(): void {
    this.#statements.forget();
  }

  async #exclusively<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    using _ = this.#statements.occupy(signal);
    return await task();
  }

  async #ready(sql: string, { values, types }: TextValues): Promise<DuckDBPreparedStatement> {
    const typed = await this.#typed({ values, types });
    const { statement } = await this.#statements.prepare(sql);
    for (const [index, value] of typed.entries()) {
      if (value === null) statement.bindNull(index + 1);
      else statement.bindValue(index + 1, value, types[index]);
    }
    return statement;
  }

  /** The engine reads texts as it reads them anywhere. */
  async #typed({ values, types }: TextValues): Promise<readonly DuckDBValue[]> {
    if (types.every(({ typeId }) => typeId === DuckDBTypeId.VARCHAR)) return values;
    refuseFractions(values, types);
    const casts = types.map((type, index) => `CAST($${index + 1} AS ${type.toString()})`);
    const texts = types.map(() => VARCHAR);
    const result = await this.#connection.runAndReadAll(`select ${casts.join(", ")}`, [...values], texts);
    return result.getRows()[0] ?? [];
  }

  /** Where the engine cannot tell the type of a value, the first that fits is taken. */
  async #guess(
    sql: string,
    known: readonly (DuckDBType | undefined)[],
    { declared, lists }: ParameterHints,
  ): Promise<StatementFacts> {
    let first: unknown;
    const facts = known.map((type, index) => ({ type, declared: declared[index], isList: lists.has(index + 1) }));
    for (const guesses of guessTypes(facts)) {
      try {
        const [types, values] = [guesses.map(({ type }) => type), guesses.map(({ sample }) => sample)];
        const statement = await this.#ready(`select * from (${sql}\n) limit 0`, { values, types });
        const result = await statement.run();
        const columns = result.columnTypes().map((type, index) => ({ name: result.columnName(index), type }));
        return { columns, parameters: types };
      } catch (error) {
        first ??= error;
      }
    }
    throw first;
  }
}

function each<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function isKnown(type: DuckDBTypeId): boolean {
  return type !== DuckDBTypeId.INVALID && type !== DuckDBTypeId.ANY;
}

/** Undefined when the engine cannot tell. */
function parameterType(statement: DuckDBPreparedStatement, index: number): DuckDBType | undefined {
  const id = statement.parameterTypeId(index);
  return isKnown(id) && id !== DuckDBTypeId.SQLNULL ? statement.parameterType(index) : undefined;
}
