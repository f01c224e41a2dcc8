import type { DuckDBConnection } from "@duckdb/node-api";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { engineError } from "./engine-errors.ts";
import { columnsOf, finiteSchema, finiteSelect, type ShownColumn } from "./finite-view.ts";
import { type ShownState as Held, HeldStates } from "./held-states.ts";
import { type MappedTable, mappedSelect } from "./mapped-table.ts";
import { type OpenFile, OpenSnapshotFiles } from "./open-snapshot-files.ts";
import type { QueryEngine } from "./query-engine.ts";
import { readRows } from "./read-values.ts";
import { runStatement } from "./run-statement.ts";
import { SerialQueue } from "./serial-queue.ts";
import type { Snapshot } from "./snapshot.ts";
import { qualifiedName, quoteIdentifier } from "./sql-text.ts";

interface Attached {
  readonly file: OpenFile;
  readonly snapshot: Snapshot;
  readonly place: ViewPlace;
  /** Quoted names of what shows it. */
  readonly views: readonly string[];
}

/** One state of a product that stays readable, whatever is published meanwhile, until it is disposed. */
export interface HeldSnapshot extends AsyncDisposable {
  readonly snapshot: Snapshot;
  /** What shows it, beside the domain's own catalog: `<catalog>.product.<table>` and `<catalog>.finite.<table>`. */
  readonly catalog: string;
  /** Table → names of its columns. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface ViewPlace {
  readonly catalog: string;
  readonly table: string;
  /** The columns that are shown; all when absent, not even the table when empty. */
  readonly columns?: readonly string[] | undefined;
  /** Tables that are shown beside it, each a SELECT over it. */
  readonly mapped?: readonly MappedTable[] | undefined;
}

type ShownState = Held<Pick<HeldSnapshot, "catalog" | "tables">>;

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
  readonly #readers: ViewReaders;
  readonly #queue = new SerialQueue();
  readonly #byProduct = new Map<string, Attached>();
  readonly #files: OpenSnapshotFiles;
  readonly #held: HeldStates<Pick<HeldSnapshot, "catalog" | "tables">>;
  readonly #leaving = new Set<Promise<void>>();
  #nextHold = 1;
  #epoch = 0;

  /** @param mostIdle how many states stay shown that nobody holds any more */
  constructor(connection: DuckDBConnection, dir: string, readers: ViewReaders, mostIdle = 0) {
    this.#connection = connection;
    this.#held = new HeldStates(mostIdle);
    this.#files = new OpenSnapshotFiles(connection, dir);
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

  /** Shows a snapshot under a name of its own. @param place where it would be served; as it is now when it is current */
  hold(snapshot: Snapshot, place: ViewPlace): Promise<HeldSnapshot> {
    return this.#queue.run(() => this.#hold(snapshot, place));
  }

  /** Resolves when no swap is under way and every file that is no longer shown, or held, has been let go. */
  async settled(): Promise<void> {
    await this.#queue.run(() => this.#held.closeIdle());
    await this.#queue.idle();
    await Promise.all(this.#leaving);
  }

  async #swap(snapshot: Snapshot, place: ViewPlace): Promise<void> {
    const product = productOf(snapshot);
    const old = this.#byProduct.get(product);
    const file = await this.#files.use(snapshot, place.table);
    this.#epoch += 1;
    try {
      const views = await this.#showOrLeave(file, place, old?.views ?? []);
      this.#readers.viewsChanged();
      this.#byProduct.set(product, { file, snapshot, place, views });
    } finally {
      this.#epoch += 1;
    }
    // Files of older states may have been removed by now: nobody keeps them open without need.
    await this.#held.closeIdle(product);
    if (old !== undefined) this.#letGo(old.file);
  }

  /** @returns the names of what is shown */
  async #showOrLeave(file: OpenFile, place: ViewPlace, before: readonly string[]): Promise<string[]> {
    try {
      const views = await this.#views(file, place, place.catalog);
      await this.#show(views, before);
      return [...views.keys()];
    } catch (error) {
      await this.#files.leave(file);
      throw isMeshError(error) ? error : engineError(error);
    }
  }

  async #hold(snapshot: Snapshot, given: ViewPlace): Promise<HeldSnapshot> {
    const current = this.#byProduct.get(productOf(snapshot));
    const place = current?.snapshot.id === snapshot.id ? current.place : given;
    const held = await this.#held.use(
      JSON.stringify([productOf(snapshot), snapshot.id, place]),
      productOf(snapshot),
      () => this.#showHeld(snapshot, place),
    );
    let isHeld = true;
    const dispose = async () => {
      if (!isHeld) return;
      isHeld = false;
      await this.#queue.run(() => this.#held.leave(held));
    };
    return { snapshot, ...held.shown, [Symbol.asyncDispose]: dispose };
  }

  async #showHeld(snapshot: Snapshot, place: ViewPlace): Promise<ShownState> {
    const file = await this.#files.use(snapshot, place.table);
    const catalog = `held_${this.#nextHold++}`;
    const close = async () => {
      await this.#connection.run(`detach database if exists ${quoteIdentifier(catalog)}`);
      await this.#files.leave(file);
    };
    try {
      return { shown: { catalog, tables: await this.#showIn(catalog, file, place) }, close };
    } catch (error) {
      await close();
      throw isMeshError(error) ? error : engineError(error);
    }
  }

  async #showIn(catalog: string, file: OpenFile, place: ViewPlace): Promise<HeldSnapshot["tables"]> {
    await this.#connection.run(`attach ':memory:' as ${quoteIdentifier(catalog)}`);
    for (const schema of ["product", finiteSchema])
      await this.#connection.run(`create schema ${qualifiedName(catalog, schema)}`);
    const views = await this.#views(file, place, catalog);
    for (const [view, select] of views) await this.#connection.run(`create view ${view} as ${select}`);
    const tables = new Map<string, ReadonlySet<string>>();
    for (const table of [place.table, ...(place.mapped ?? []).map((mapped) => mapped.table)]) {
      const shown = qualifiedName(catalog, "product", table);
      if (!views.has(shown)) continue;
      const columns = await columnsOf(this.#connection, `select * from ${shown}`);
      tables.set(table, new Set(columns.map(({ name }) => name)));
    }
    return tables;
  }

  /** View → its SELECT. @param shownIn catalog of the views */
  async #views(
    file: OpenFile,
    { catalog, table, columns, mapped = [] }: ViewPlace,
    shownIn: string,
  ): Promise<Map<string, string>> {
    const views = new Map<string, string>();
    const within = [file.alias, "main"];
    const add = async (name: string, from: string, { shown, has, known }: Shown) => {
      if (shown?.length === 0) return;
      const select = `select ${shown?.map(quoteIdentifier).join(", ") ?? "*"} from ${from}`;
      views.set(qualifiedName(shownIn, "product", name), select);
      const all = has ?? (await columnsOf(this.#connection, `select * from ${from}`));
      const listed = shown === undefined ? all : all.filter((column) => shown.includes(column.name));
      views.set(qualifiedName(shownIn, finiteSchema, name), finiteSelect(listed, { from, known }));
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

  /**
   * A query that has looked up the old view but not yet the file behind it would fail if the file went away in between;
   * so the file stays until every query that began before the swap has ended.
   */
  #letGo(file: OpenFile): void {
    const leaving = this.#readers.runningQueries().then(() => this.#queue.run(() => this.#files.leave(file)));
    this.#leaving.add(leaving);
    // One that fails stays in the set and is told by `settled`, when the engine is closed.
    leaving.then(
      () => this.#leaving.delete(leaving),
      () => undefined,
    );
  }
}

function productOf({ domain, product }: Snapshot): string {
  return `${domain}/${product}`;
}

function parserOf(connection: DuckDBConnection): QueryEngine {
  return { query: async (sql, params) => readRows(await runStatement(connection, sql, params)) };
}
