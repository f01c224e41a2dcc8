import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { DuckDBConnection, DuckDBMaterializedResult } from "@duckdb/node-api";
import { tableNameOf } from "@thoth/kernel/major-names";
import { snakeCase } from "@thoth/kernel/names";
import { AttachedSnapshots, type HeldSnapshot, type ViewPlace } from "./attached-snapshots.ts";
import { type ColumnBatch, readBatches } from "./column-batch.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { connectMasking, createServedCatalog, lockEngine, openSpillFolder } from "./locked-engine.ts";
import type { MappedTable } from "./mapped-table.ts";
import { missingSnapshot } from "./missing-snapshot.ts";
import { openEngine } from "./open-engine.ts";
import type { QueryOptions, ServingEngine, SqlRow, SqlValue } from "./query-engine.ts";
import { readBytes, readRows } from "./read-values.ts";
import { ReaderConnection } from "./reader-connection.ts";
import type { Snapshot } from "./snapshot.ts";
import { StatementTimes } from "./statement-times.ts";

/** An engine that knows published snapshots and nothing else. Runs queries, several at a time. */
export interface ReadSide extends ServingEngine, AsyncDisposable {
  /**
   * @throws MeshError `warehouse/no-snapshot`, `warehouse/not-a-read`, `warehouse/too-many-queries`,
   *   `warehouse/statement-failed`
   */
  query(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<SqlRow[]>;
  /**
   * Serves a snapshot as `<catalog>.product.<table>`, in place of the one before it. Queries that have begun finish
   * on the old one. Resolves when new queries see the new one.
   * @param as a name alone stands for `{ table: name }`
   * @throws MeshError `warehouse/corrupt-snapshot`, `warehouse/file-unreachable`; the old one is then still served
   */
  attach(snapshot: Snapshot, as?: string | AttachOptions): Promise<void>;
  /** What is served now. */
  attached(): readonly Snapshot[];
  /**
   * Keeps one state of a product readable beside what is served, until it is disposed; statements that name its catalog
   * should say that they run once.
   * @param as as for `attach`; of no account for what is served now
   * @throws MeshError `warehouse/corrupt-snapshot`, `warehouse/file-unreachable`
   */
  hold(snapshot: Snapshot, as?: string | AttachOptions): Promise<HeldSnapshot>;
  /** Runs one statement when the first batch is asked for. @returns its rows, column by column */
  batches(sql: string, params?: readonly SqlValue[], options?: QueryOptions): AsyncIterable<ColumnBatch>;
  /** How many queries wait for a connection. */
  readonly waiting: number;
  /** How long a query that came now would probably wait, milliseconds. */
  readonly backlogMs: number;
}

export interface AttachOptions {
  /** Name of the table, in the snapshot's file and as it is served; what its version is called when absent. */
  readonly table?: string;
  /** Columns to show; all when absent, not even the table when empty. */
  readonly columns?: readonly string[];
  /** Tables to show beside it, each a SELECT over it: older major versions of the product. */
  readonly mapped?: readonly MappedTable[];
}

export interface ReadSideOptions {
  /** The only folder the engine can reach. */
  readonly snapshotDir: string;
  /** SQL names of the domains: `ontrack_learning`. */
  readonly catalogs: readonly string[];
  /** How many queries run at a time: 2 to 4. */
  readonly connections?: number | undefined;
  /** How many more may wait. */
  readonly maxWaiting?: number | undefined;
  /** How long they may wait, milliseconds; one that would probably wait longer is refused at once. */
  readonly maxWaitMs?: number | undefined;
  readonly threads?: number | undefined;
  readonly memoryLimit?: string | undefined;
  /** Where large sorts may spill; nowhere when absent. */
  readonly tmpDir?: string | undefined;
  /** Makes the masks of texts; when absent, masks are other ones after the next start. */
  readonly maskKey?: string | undefined;
}

const defaultConnections = 3;
const defaultMaxWaiting = 1000;
const defaultMaxWaitMs = 5_000;
/** States of products that stay ready for the next file that is made of them. */
const idleStates = 16;

export async function openReadSide(options: ReadSideOptions): Promise<ReadSide> {
  const snapshotDir = resolve(options.snapshotDir);
  await mkdir(snapshotDir, { recursive: true });
  await using stack = new AsyncDisposableStack();
  const tmpDir = options.tmpDir === undefined ? undefined : await openSpillFolder(options.tmpDir, "read-side-", stack);
  const instance = await openEngine({ ...options, tmpDir });
  stack.defer(() => instance.closeSync());
  const size = options.connections ?? defaultConnections;
  const maskKey = options.maskKey ?? randomBytes(32).toString("hex");
  const admin = await connectMasking(instance, maskKey, stack);
  const readers: DuckDBConnection[] = [];
  for (let index = 0; index < size; index += 1) readers.push(await connectMasking(instance, maskKey, stack));
  for (const catalog of options.catalogs) await createServedCatalog(admin, catalog);
  await lockEngine(admin, [snapshotDir]);
  return new DuckDbReadSide({ ...options, snapshotDir }, admin, readers, stack.move());
}

class DuckDbReadSide implements ReadSide {
  readonly #catalogs: readonly string[];
  readonly #connections: readonly ReaderConnection[];
  readonly #pool: ConnectionPool<ReaderConnection>;
  readonly #times = new StatementTimes();
  readonly #snapshots: AttachedSnapshots;
  readonly #resources: AsyncDisposableStack;

  constructor(
    options: ReadSideOptions,
    admin: DuckDBConnection,
    readers: readonly DuckDBConnection[],
    resources: AsyncDisposableStack,
  ) {
    this.#catalogs = options.catalogs;
    this.#connections = readers.map((reader) => new ReaderConnection(reader));
    const { maxWaiting = defaultMaxWaiting, maxWaitMs = defaultMaxWaitMs } = options;
    this.#pool = new ConnectionPool(this.#connections, { maxWaiting, maxWaitMs });
    this.#snapshots = new AttachedSnapshots(
      admin,
      options.snapshotDir,
      {
        viewsChanged: () => this.#forgetStatements(),
        runningQueries: () => this.#pool.settled(),
      },
      idleStates,
    );
    this.#resources = resources;
  }

  get epoch(): number {
    return this.#snapshots.epoch;
  }

  get waiting(): number {
    return this.#pool.waiting;
  }

  get backlogMs(): number {
    return this.#pool.backlogMs;
  }

  async query(sql: string, params: readonly SqlValue[] = [], options: QueryOptions = {}): Promise<SqlRow[]> {
    return readRows(await this.#run(sql, params, options));
  }

  async bytes(sql: string, params: readonly SqlValue[] = [], options: QueryOptions = {}): Promise<Uint8Array[]> {
    return readBytes(await this.#run(sql, params, options));
  }

  async *batches(
    sql: string,
    params: readonly SqlValue[] = [],
    options: QueryOptions = {},
  ): AsyncGenerator<ColumnBatch, void, void> {
    yield* readBatches(await this.#run(sql, params, options));
  }

  attach(snapshot: Snapshot, as: string | AttachOptions = {}): Promise<void> {
    return this.#snapshots.attach(snapshot, this.#placeOf(snapshot, as));
  }

  hold(snapshot: Snapshot, as: string | AttachOptions = {}): Promise<HeldSnapshot> {
    return this.#snapshots.hold(snapshot, this.#placeOf(snapshot, as));
  }

  #placeOf(snapshot: Snapshot, as: string | AttachOptions): ViewPlace {
    const catalog = snakeCase(snapshot.domain);
    if (!this.#catalogs.includes(catalog)) throw new Error(`the read side was opened without ${catalog}`);
    const { product, contractVersion } = snapshot;
    const options: AttachOptions = typeof as === "string" ? { table: as } : as;
    return { catalog, table: tableNameOf(product, contractVersion), ...options };
  }

  attached(): readonly Snapshot[] {
    return this.#snapshots.current();
  }

  #run(
    sql: string,
    params: readonly SqlValue[],
    { signal, effort, once }: QueryOptions,
  ): Promise<DuckDBMaterializedResult> {
    const expectedMs = this.#times.expectedMs(sql, effort);
    const task = async (connection: ReaderConnection) => {
      const startedAt = performance.now();
      try {
        const result = await connection.run(sql, params, { signal, once });
        if (once !== true) this.#times.record(sql, performance.now() - startedAt);
        return result;
      } catch (error) {
        throw missingSnapshot(error, sql, this.#catalogs) ?? error;
      }
    };
    return this.#pool.use(task, { signal, expectedMs });
  }

  /** A statement that was prepared for a view goes on reading the file behind it. */
  #forgetStatements(): void {
    for (const connection of this.#connections) connection.forgetStatements();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.drain(new Error("the read side is closed"));
    await this.#snapshots.settled();
    this.#forgetStatements();
    await this.#resources.disposeAsync();
  }
}
