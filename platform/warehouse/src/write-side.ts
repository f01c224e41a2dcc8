import { AsyncLocalStorage } from "node:async_hooks";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type AppendColumn, type AppendTarget, appendRows } from "./append-rows.ts";
import { openFileError } from "./engine-errors.ts";
import { warehouseError } from "./errors.ts";
import { type MappedTable, mappedSelect } from "./mapped-table.ts";
import { attachStatement, connectEngine, openEngine } from "./open-engine.ts";
import { claimFile } from "./open-files.ts";
import { definePseudonym } from "./pseudonym.ts";
import type { QueryEngine, QueryOptions, SqlRow, SqlValue } from "./query-engine.ts";
import { readRows } from "./read-values.ts";
import { runStatement } from "./run-statement.ts";
import { SerialQueue } from "./serial-queue.ts";
import { snapshotError } from "./snapshot-store.ts";
import { qualifiedName, quoteIdentifier } from "./sql-text.ts";

/** Name of a product on the write side, and of the table inside its snapshot file. */
export interface SnapshotName {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
  readonly sourceTable: string;
  /** Makes the table a SELECT over the file's one, which it reads as `<catalog>.<schema>.<sourceTable>`. */
  readonly mapped?: MappedTable | undefined;
}

/** One domain's database file, open for writing. All calls share one connection and run one after another. */
export interface WriteSide extends QueryEngine, AsyncDisposable {
  readonly file: string;
  /** For small results; what is large stays in the engine. */
  query(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<SqlRow[]>;
  /** @returns rows changed; 0 for DDL */
  run(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<number>;
  /** Commits when `work` resolves, rolls back when it rejects. Calls from outside `work` wait until it has ended. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Appends rows that exist in JavaScript, columns in the order given; the others get their default.
   * @throws MeshError `warehouse/value-type` naming row, column and value
   */
  appendRows(
    table: AppendTarget,
    columns: readonly AppendColumn[],
    rows: readonly (readonly unknown[])[],
  ): Promise<number>;
  /** Makes a published snapshot readable as `<catalog>.<schema>.<table>`; again with another file replaces it. Not inside a transaction. */
  attachSnapshot(snapshotFile: string, as: SnapshotName): Promise<void>;
  /** Moves what is committed from the log into the file. */
  checkpoint(): Promise<void>;
}

export interface WriteSideOptions {
  readonly file: string;
  /** Key of `pseudonym(text)`. */
  readonly pseudonymKey: string;
  /** Where the engine may spill. */
  readonly tmpDir: string;
  readonly threads?: number | undefined;
  readonly memoryLimit?: string | undefined;
  /** Called with each commit of a transaction, to carry it out where it may be; what it throws rolls back. */
  readonly aroundCommit?: AroundCommit;
}

export type AroundCommit = (commit: () => Promise<void>) => Promise<void>;

const databaseName = "warehouse";
const schemas = ["raw", "clean", "staging", "mesh"] as const;
const reservedCatalogs: readonly string[] = [databaseName, ...schemas, "main", "memory", "system", "temp", "product"];

/**
 * Opens, or creates, the database file of one domain.
 * @throws MeshError `warehouse/corrupt-file`, `warehouse/file-in-use`, `warehouse/file-unreachable`
 */
export async function openWriteSide(options: WriteSideOptions): Promise<WriteSide> {
  const file = resolve(options.file);
  await mkdir(dirname(file), { recursive: true });
  // Two engines that spill into one folder overwrite each other's files.
  const tmpDir = join(options.tmpDir, `${basename(file)}.spill`);
  await mkdir(tmpDir, { recursive: true });
  await using stack = new AsyncDisposableStack();
  stack.use(claimFile(file));
  const instance = await openEngine({ ...options, tmpDir });
  stack.defer(() => instance.closeSync());
  const connection = await connectEngine(instance);
  stack.defer(() => connection.closeSync());
  await attachWarehouse(connection, file);
  await definePseudonym(connection, options.pseudonymKey);
  const connect = () => connectEngine(instance);
  return new DuckDbWriteSide({ ...options, file }, { connection, connect }, stack.move());
}

async function attachWarehouse(connection: DuckDBConnection, file: string): Promise<void> {
  try {
    await connection.run(attachStatement(file, databaseName, {}));
  } catch (error) {
    throw openFileError(file, error);
  }
  await connection.run(`use ${databaseName}`);
  for (const schema of schemas) await connection.run(`create schema if not exists ${schema}`);
}

class DuckDbWriteSide implements WriteSide {
  readonly file: string;
  readonly #connection: DuckDBConnection;
  readonly #connect: () => Promise<DuckDBConnection>;
  readonly #aroundCommit: AroundCommit;
  readonly #resources: AsyncDisposableStack;
  readonly #outside = new SerialQueue();
  readonly #transaction = new AsyncLocalStorage<{ queue: SerialQueue; open: boolean }>();
  readonly #attached = new Map<string, { file: string; alias: string; mapping: string | undefined }>();
  #nextAlias = 1;

  constructor(
    { file, aroundCommit = (commit) => commit() }: WriteSideOptions,
    { connection, connect }: { connection: DuckDBConnection; connect: () => Promise<DuckDBConnection> },
    resources: AsyncDisposableStack,
  ) {
    this.file = file;
    this.#aroundCommit = aroundCommit;
    this.#connect = connect;
    this.#connection = connection;
    this.#resources = resources;
  }

  query(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<SqlRow[]> {
    return this.#inTurn(async () => readRows(await runStatement(this.#connection, sql, params, options?.signal)));
  }

  run(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<number> {
    return this.#inTurn(async () => (await runStatement(this.#connection, sql, params, options?.signal)).rowsChanged);
  }

  transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.#transaction.getStore()?.open) throw new Error("a transaction is already open here");
    return this.#outside.run(async () => {
      const state = { queue: new SerialQueue(), open: true };
      await runStatement(this.#connection, "begin transaction");
      try {
        const result = await this.#transaction.run(state, work);
        await state.queue.idle();
        await this.#commit();
        return result;
      } catch (error) {
        await state.queue.idle();
        await this.#rollBack();
        throw error;
      } finally {
        state.open = false;
      }
    });
  }

  appendRows(table: AppendTarget, columns: readonly AppendColumn[], rows: readonly (readonly unknown[])[]) {
    return this.#inTurn(() => appendRows(this.#connection, { target: table, columns, rows }, this.#connect));
  }

  attachSnapshot(snapshotFile: string, as: SnapshotName): Promise<void> {
    if (reservedCatalogs.includes(as.catalog)) throw warehouseError["reserved-name"]({ name: as.catalog });
    return this.#inTurn(() => this.#attach(resolve(snapshotFile), as));
  }

  async checkpoint(): Promise<void> {
    await this.run(`checkpoint ${databaseName}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#outside.run(() => this.#resources.disposeAsync());
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const transaction = this.#transaction.getStore();
    return (transaction?.open ? transaction.queue : this.#outside).run(task);
  }

  async #attach(file: string, as: SnapshotName): Promise<void> {
    const view = qualifiedName(as.catalog, as.schema, as.table);
    const old = this.#attached.get(view);
    const mapping = as.mapped && JSON.stringify(as.mapped);
    if (old?.file === file && old.mapping === mapping) return;
    const alias = `snapshot_${this.#nextAlias++}`;
    await this.#openSnapshot(file, alias);
    try {
      await this.#show(view, alias, as);
    } catch (error) {
      await this.#connection.run(`detach ${alias}`);
      throw error;
    }
    this.#attached.set(view, { file, alias, mapping });
    if (old !== undefined) await this.#connection.run(`detach ${old.alias}`);
  }

  async #openSnapshot(file: string, alias: string): Promise<void> {
    try {
      await this.#connection.run(attachStatement(file, alias, { read_only: true }));
    } catch (error) {
      throw snapshotError(file, error);
    }
  }

  async #show(view: string, alias: string, as: SnapshotName): Promise<void> {
    const { catalog, schema } = as;
    const select = await this.#select(alias, as);
    await runStatement(this.#connection, `attach if not exists ':memory:' as ${quoteIdentifier(catalog)}`);
    await runStatement(this.#connection, `create schema if not exists ${qualifiedName(catalog, schema)}`);
    await runStatement(this.#connection, `create or replace view ${view} as ${select}`);
  }

  async #select(alias: string, { catalog, schema, sourceTable, mapped }: SnapshotName): Promise<string> {
    if (mapped === undefined) return `select * from ${qualifiedName(alias, "main", sourceTable)}`;
    const parser = {
      query: async (sql: string, params?: readonly SqlValue[]) =>
        readRows(await runStatement(this.#connection, sql, params)),
    };
    const source = { reads: { catalog, schema, table: sourceTable }, within: [alias, "main"] };
    return mappedSelect(parser, mapped, source);
  }

  /** In a transaction that a failed statement has ended, COMMIT rolls back and reports success; any query does not. */
  async #commit(): Promise<void> {
    try {
      await this.#connection.run("select 1");
    } catch (error) {
      throw warehouseError["transaction-spoilt"](undefined, { cause: error });
    }
    await this.#aroundCommit(async () => void (await runStatement(this.#connection, "commit")));
  }

  async #rollBack(): Promise<void> {
    // A failed COMMIT has already rolled back; there is then no transaction left to end.
    await this.#connection.run("rollback").catch(() => undefined);
  }
}
