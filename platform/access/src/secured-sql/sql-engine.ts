import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { AttachedSnapshots, type ViewPlace } from "@thoth/warehouse/attached-snapshots";
import { ConnectionPool } from "@thoth/warehouse/connection-pool";
import { columnsOf } from "@thoth/warehouse/finite-view";
import { connectMasking, createServedCatalog, lockEngine, openSpillFolder } from "@thoth/warehouse/locked-engine";
import { openEngine } from "@thoth/warehouse/open-engine";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { qualifiedName, quoteLiteral } from "@thoth/warehouse/sql-text";
import { SecuredViews } from "./secured-views.ts";
import { SqlConnection } from "./sql-connection.ts";

export interface SqlEngineOptions {
  /** The only folder the engine can reach. */
  readonly snapshotDir: string;
  /** SQL names of the domains: `ontrack_learning`. */
  readonly catalogs: readonly string[];
  readonly maskKey: string;
  /** Where large sorts may spill; nowhere when absent. */
  readonly tmpDir?: string | undefined;
  readonly limits: SqlEngineLimits;
}

export interface SqlEngineLimits {
  /** Of the engine: `1GB`. */
  readonly memory: string;
  /** What large sorts may spill: `4GB`. */
  readonly spill: string;
  readonly threads: number;
  /** How many statements run at a time. */
  readonly connections: number;
  /** How many more may wait. */
  readonly maxWaiting: number;
  /** How long they may wait, milliseconds. */
  readonly maxWaitMs: number;
}

/** An engine that knows published snapshots and nothing else, for statements that somebody typed. */
export interface SqlEngine extends AsyncDisposable {
  /** Statements run on these. */
  readonly pool: ConnectionPool<SqlConnection>;
  /** Statements are parsed and planned here, however long others run. */
  readonly judges: ConnectionPool<SqlConnection>;
  readonly views: SecuredViews;
  /** Shows a snapshot as `<catalog>.product.<table>`, in place of the one before it. */
  attach(snapshot: Snapshot, place: ViewPlace): Promise<void>;
  /** Names of the columns that a table has as it is shown now. */
  columnsOf(catalog: string, table: string): Promise<ReadonlySet<string>>;
}

/** As many that no reader can keep all others from being judged. */
const judging = 2;

/** Two connections of its own, two for judging, and one for each statement at a time. */
export async function openSqlEngine(options: SqlEngineOptions): Promise<SqlEngine> {
  const { limits } = options;
  const snapshotDir = resolve(options.snapshotDir);
  await mkdir(snapshotDir, { recursive: true });
  await using stack = new AsyncDisposableStack();
  const tmpDir =
    options.tmpDir === undefined ? undefined : await openSpillFolder(options.tmpDir, "secured-sql-", stack);
  const instance = await openEngine({ threads: limits.threads, memoryLimit: limits.memory, tmpDir });
  stack.defer(() => instance.closeSync());
  const connect = () => connectMasking(instance, options.maskKey, stack);
  const [files, views] = [await connect(), await connect()];
  const readers: SqlConnection[] = [];
  for (let index = 0; index < judging + limits.connections; index += 1)
    readers.push(new SqlConnection(await connect()));
  for (const catalog of options.catalogs) await createServedCatalog(files, catalog);
  await lockDown(files, { snapshotDir, spill: tmpDir === undefined ? undefined : limits.spill });
  const judges = new ConnectionPool(readers.slice(0, judging), limits);
  const pool = new ConnectionPool(readers.slice(judging), limits);
  const forget = () => {
    for (const reader of readers) reader.forgetStatements();
  };
  const snapshots = new AttachedSnapshots(files, snapshotDir, {
    viewsChanged: forget,
    runningQueries: async () => void (await Promise.all([pool.settled(), judges.settled()])),
  });
  const resources = stack.move();
  return {
    pool,
    judges,
    views: new SecuredViews(views),
    attach: (snapshot, place) => snapshots.attach(snapshot, place),
    columnsOf: async (catalog, table) => {
      const shown = await columnsOf(files, `from ${qualifiedName(catalog, "product", table)}`);
      return new Set(shown.map(({ name }) => name));
    },
    [Symbol.asyncDispose]: async () => {
      for (const each of [judges, pool]) await each.drain(new Error("the SQL engine is closed"));
      await snapshots.settled();
      forget();
      await resources.disposeAsync();
    },
  };
}

/**
 * It knows the least and the greatest value of each column, of hidden rows too, and answers at once what cannot be: by the
 * time that takes, anybody could find them out.
 */
export const tellingOptimizers = "statistics_propagation";

interface LockDown {
  readonly snapshotDir: string;
  readonly spill: string | undefined;
}

/** What statements that somebody typed need besides the lock itself; after it nothing can be set. */
async function lockDown(connection: DuckDBConnection, { snapshotDir, spill }: LockDown): Promise<void> {
  if (spill !== undefined) await connection.run(`set max_temp_directory_size = ${quoteLiteral(spill)}`);
  // Cancelling the join that it stands for (two inequalities) breaks the engine for everybody.
  await connection.run("set global merge_join_threshold = 9223372036854775807");
  await connection.run(`set disabled_optimizers = ${quoteLiteral(tellingOptimizers)}`);
  await lockEngine(connection, [snapshotDir]);
}
