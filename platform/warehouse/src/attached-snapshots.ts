import type { DuckDBConnection } from "@duckdb/node-api";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { engineError } from "./engine-errors.ts";
import { warehouseError } from "./errors.ts";
import { columnsOf, finiteSchema, finiteSelect, isFiniteSql, type ShownColumn } from "./finite-view.ts";
import { type MappedTable, mappedSelect } from "./mapped-table.ts";
import { attachStatement } from "./open-engine.ts";
import type { QueryEngine } from "./query-engine.ts";
import { readRows } from "./read-values.ts";
import { runStatement } from "./run-statement.ts";
import { SerialQueue } from "./serial-queue.ts";
import type { Snapshot } from "./snapshot.ts";
import { snapshotError, snapshotFile } from "./snapshot-store.ts";
import { qualifiedName, quoteIdentifier } from "./sql-text.ts";

/** An open snapshot file. */
interface OpenFile {
  /** Its name in the engine. */
  readonly alias: string;
  /** Of its table. */
  readonly columns: readonly ShownColumn[];
  /** Columns of its table that hold neither NaN nor infinity. */
  readonly finite: ReadonlySet<string>;
}

interface Attached extends OpenFile {
  readonly snapshot: Snapshot;
  /** Quoted names of what shows it. */
  readonly views: readonly string[];
}

export interface ViewPlace {
  readonly catalog: string;
  readonly table: string;
  /** The columns that are shown; all when absent, not even the table when empty. */
  readonly columns?: readonly string[] | undefined;
  /** Tables that are shown beside it, each a SELECT over it. */
  readonly mapped?: readonly MappedTable[] | undefined;
}

interface Shown {
  /** Names of the columns that are shown; all when undefined, not even the table when empty. */
  readonly shown: readonly string[] | undefined;
  /** All columns there are, where they have been looked up before. */
  readonly has?: readonly ShownColumn[];
  /** Columns that are known to hold finite numbers only. */
  readonly known: ReadonlySet<string>;
}

/** Those who read from the views. */
export interface ViewReaders {
  /** From now on nothing may be read that was prepared before. */
  readonly viewsChanged: () => void;
  /** Resolves when the queries that run at the moment of the call have ended. */
  readonly runningQueries: () => Promise<void>;
}

/** The snapshot files a serving engine has open, one per product, and the views that show them. */
export class AttachedSnapshots {
  readonly #connection: DuckDBConnection;
  readonly #dir: string;
  readonly #readers: ViewReaders;
  readonly #queue = new SerialQueue();
  readonly #byProduct = new Map<string, Attached>();
  readonly #leaving = new Set<Promise<void>>();
  #nextAlias = 1;
  #epoch = 0;

  constructor(connection: DuckDBConnection, dir: string, readers: ViewReaders) {
    this.#connection = connection;
    this.#dir = dir;
    this.#readers = readers;
  }

  /** Counts the swaps, and is odd while one is under way. */
  get epoch(): number {
    return this.#epoch;
  }

  current(): readonly Snapshot[] {
    return [...this.#byProduct.values()].map((attached) => attached.snapshot);
  }

  attach(snapshot: Snapshot, place: ViewPlace): Promise<void> {
    return this.#queue.run(() => this.#swap(snapshot, place));
  }

  /** Resolves when no swap is under way and every file that is no longer shown has been let go. */
  async settled(): Promise<void> {
    await this.#queue.idle();
    await Promise.all(this.#leaving);
  }

  async #swap(snapshot: Snapshot, place: ViewPlace): Promise<void> {
    const product = `${snapshot.domain}/${snapshot.product}`;
    const old = this.#byProduct.get(product);
    const stays = old?.snapshot.id === snapshot.id;
    const file = stays ? old : await this.#open(snapshot, place.table);
    this.#epoch += 1;
    try {
      const views = await this.#showOrClose(file, place, { before: old?.views ?? [], close: !stays });
      this.#readers.viewsChanged();
      this.#byProduct.set(product, { ...file, snapshot, views });
    } finally {
      this.#epoch += 1;
    }
    if (old !== undefined && !stays) this.#letGo(old.alias);
  }

  /** @returns the names of what is shown */
  async #showOrClose(
    file: OpenFile,
    place: ViewPlace,
    { before, close }: { readonly before: readonly string[]; readonly close: boolean },
  ): Promise<string[]> {
    try {
      const views = await this.#views(file, place);
      await this.#show(views, before);
      return [...views.keys()];
    } catch (error) {
      if (close) await this.#connection.run(`detach ${quoteIdentifier(file.alias)}`);
      throw isMeshError(error) ? error : engineError(error);
    }
  }

  /** View → its SELECT */
  async #views(file: OpenFile, { catalog, table, columns, mapped = [] }: ViewPlace): Promise<Map<string, string>> {
    const views = new Map<string, string>();
    const within = [file.alias, "main"];
    const add = async (name: string, from: string, { shown, has, known }: Shown) => {
      if (shown?.length === 0) return;
      const select = `select ${shown?.map(quoteIdentifier).join(", ") ?? "*"} from ${from}`;
      views.set(qualifiedName(catalog, "product", name), select);
      const all = has ?? (await columnsOf(this.#connection, `select * from ${from}`));
      const listed = shown === undefined ? all : all.filter((column) => shown.includes(column.name));
      views.set(qualifiedName(catalog, finiteSchema, name), finiteSelect(listed, { from, known }));
    };
    await add(table, qualifiedName(...within, table), { shown: columns, has: file.columns, known: file.finite });
    const source = { reads: { catalog, schema: "product", table }, within };
    for (const each of mapped) {
      const select = await mappedSelect(parserOf(this.#connection), each, source);
      await add(each.table, `(${select}\n)`, { shown: each.shown, known: new Set() });
    }
    return views;
  }

  /** In one transaction: whoever asks sees all of them as they were, or all of them as they are. */
  async #show(views: ReadonlyMap<string, string>, before: readonly string[]): Promise<void> {
    await this.#connection.run("begin transaction");
    try {
      for (const [view, select] of views) await this.#connection.run(`create or replace view ${view} as ${select}`);
      for (const view of before.filter((name) => !views.has(name))) {
        await this.#connection.run(`drop view if exists ${view}`);
      }
      await this.#connection.run("commit");
    } catch (error) {
      await this.#connection.run("rollback");
      throw error;
    }
  }

  /** Attaches the file and reads all of it, so that a damaged one is found before anybody is shown it. */
  async #open(snapshot: Snapshot, table: string): Promise<OpenFile> {
    const file = snapshotFile(this.#dir, snapshot.domain, snapshot.product, snapshot.id);
    const alias = `snapshot_${this.#nextAlias++}`;
    try {
      await this.#connection.run(attachStatement(file, alias, { read_only: true }));
      const { rows, ...found } = await this.#scan(qualifiedName(alias, "main", table));
      if (rows === snapshot.rowCount) return { alias, ...found };
      const reason = `it holds ${rows} rows, and ${snapshot.rowCount} were published`;
      throw warehouseError["corrupt-snapshot"]({ file, reason }, { at: { file } });
    } catch (error) {
      await this.#connection.run(`detach database if exists ${quoteIdentifier(alias)}`);
      throw snapshotError(file, error);
    }
  }

  async #scan(table: string): Promise<Omit<OpenFile, "alias"> & { readonly rows: number }> {
    const columns = await columnsOf(this.#connection, `select * from ${table}`);
    const judged = columns.flatMap((column) => {
      const sql = isFiniteSql(column);
      return sql === undefined ? [] : [{ name: column.name, sql }];
    });
    const values = ["count(*)", "max(hash(entry))", ...judged.map(({ sql }) => sql)];
    const result = await this.#connection.runAndReadAll(`select ${values.join(", ")} from ${table} as entry`);
    const [rows, , ...verdicts] = result.getRows()[0] ?? [];
    return {
      rows: Number(rows),
      columns,
      finite: new Set(judged.flatMap(({ name }, at) => (verdicts[at] === true ? [name] : []))),
    };
  }

  /**
   * A query that has looked up the old view but not yet the file behind it would fail if the file went away in between;
   * so the file stays until every query that began before the swap has ended.
   */
  #letGo(alias: string): void {
    const leaving = this.#readers.runningQueries().then(() =>
      this.#queue.run(async () => {
        await this.#connection.run(`detach ${quoteIdentifier(alias)}`);
      }),
    );
    this.#leaving.add(leaving);
    // One that fails stays in the set and is told by `settled`, when the engine is closed.
    leaving.then(
      () => this.#leaving.delete(leaving),
      () => undefined,
    );
  }
}

function parserOf(connection: DuckDBConnection): QueryEngine {
  return { query: async (sql, params) => readRows(await runStatement(connection, sql, params)) };
}
