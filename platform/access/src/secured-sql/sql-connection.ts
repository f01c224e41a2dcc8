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
import { type DeclaredType, guessTypes, listsWrittenOut } from "./parameter-types.ts";
import { refuseFractions, writtenType } from "./whole-numbers.ts";

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

/** What statements that have run may hold together, besides what is kept of files, bytes. */
const mostHeld = 32 * 2 ** 20;

const heldBytes = `select coalesce(sum(memory_usage_bytes), 0)::double from duckdb_memory()
  where tag not in ('BASE_TABLE', 'METADATA', 'EXTERNAL_FILE_CACHE', 'OBJECT_CACHE')`;

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
      try {
        const statement = await this.#ready(sql, params);
        signal.throwIfAborted();
        return readRows(await statement.run());
      } finally {
        await this.#letGoOfLarge(sql);
      }
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
      await this.#letGoOfLarge(sql);
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

  /** The engine keeps what a statement has gathered, such as the texts of a string_agg, for as long as that is kept ready. */
  async #letGoOfLarge(sql: string): Promise<void> {
    const held = await this.#held().catch(() => Number.POSITIVE_INFINITY);
    if (held > mostHeld) this.#statements.letGo(sql);
  }

  async #held(): Promise<number> {
    const { statement } = await this.#statements.prepare(heldBytes);
    const [[bytes] = []] = (await statement.runAndReadAll()).getRows();
    return Number(bytes);
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
    const written = await this.#cast(
      values,
      types.map((type) => writtenType(type) ?? VARCHAR),
    );
    for (const [index, type] of types.entries()) refuseFractions(written[index] ?? null, type, `$${index + 1}`);
    return this.#cast(values, types);
  }

  async #cast(texts: readonly (string | null)[], types: readonly DuckDBType[]): Promise<readonly DuckDBValue[]> {
    if (types.every(({ typeId }) => typeId === DuckDBTypeId.VARCHAR)) return texts;
    const casts = types.map((type, index) => `CAST($${index + 1} AS ${type.toString()})`);
    const asTexts = types.map(() => VARCHAR);
    const result = await this.#connection.runAndReadAll(`select ${casts.join(", ")}`, [...texts], asTexts);
    return result.getRows()[0] ?? [];
  }

  /** Where the engine cannot tell the type of a value, the first that fits is taken. */
  async #guess(
    sql: string,
    known: readonly (DuckDBType | undefined)[],
    { declared, lists }: ParameterHints,
  ): Promise<StatementFacts> {
    let first: unknown;
    const told = await this.#besideLists(sql, known, lists);
    const facts = told.map((type, index) => ({ type, declared: declared[index], isList: lists.has(index + 1) }));
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

  /** Types of the parameters that are no lists, as far as the engine can tell them. */
  async #besideLists(
    sql: string,
    known: readonly (DuckDBType | undefined)[],
    lists: ReadonlySet<number>,
  ): Promise<readonly (DuckDBType | undefined)[]> {
    for (const written of listsWrittenOut(sql, lists)) {
      using ready = await this.#statements.prepare(written, { once: true }).catch(() => undefined);
      if (ready === undefined) continue;
      const { statement } = ready;
      return known.map((type, index) => (lists.has(index + 1) ? type : (type ?? parameterType(statement, index + 1))));
    }
    return known;
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
