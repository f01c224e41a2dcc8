import type { DuckDBConnection } from "@duckdb/node-api";
import { engineError } from "./engine-errors.ts";
import { warehouseError } from "./errors.ts";
import { attachStatement } from "./open-engine.ts";
import { SerialQueue } from "./serial-queue.ts";
import type { Snapshot } from "./snapshot.ts";
import { snapshotError, snapshotFile } from "./snapshot-store.ts";
import { qualifiedName, quoteIdentifier } from "./sql-text.ts";

interface Attached {
  readonly snapshot: Snapshot;
  /** Name of the snapshot's file in the engine. */
  readonly alias: string;
}

export interface ViewPlace {
  readonly catalog: string;
  readonly table: string;
  /** The columns that are shown; all when absent. */
  readonly columns?: readonly string[] | undefined;
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

  constructor(connection: DuckDBConnection, dir: string, readers: ViewReaders) {
    this.#connection = connection;
    this.#dir = dir;
    this.#readers = readers;
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
    const alias = stays ? old.alias : await this.#open(snapshot, place.table);
    try {
      await this.#show(alias, place);
    } catch (error) {
      if (!stays) await this.#connection.run(`detach ${quoteIdentifier(alias)}`);
      throw engineError(error);
    }
    this.#readers.viewsChanged();
    this.#byProduct.set(product, { snapshot, alias });
    if (old !== undefined && !stays) this.#letGo(old.alias);
  }

  async #show(alias: string, { catalog, table, columns }: ViewPlace): Promise<void> {
    const list = columns?.map(quoteIdentifier).join(", ") ?? "*";
    const view = qualifiedName(catalog, "product", table);
    await this.#connection.run(
      `create or replace view ${view} as select ${list} from ${qualifiedName(alias, "main", table)}`,
    );
  }

  /** Attaches the file and reads all of it, so that a damaged one is found before anybody is shown it. */
  async #open(snapshot: Snapshot, table: string): Promise<string> {
    const file = snapshotFile(this.#dir, snapshot.domain, snapshot.product, snapshot.id);
    const alias = `snapshot_${this.#nextAlias++}`;
    try {
      await this.#connection.run(attachStatement(file, alias, { read_only: true }));
      const rows = await this.#scan(qualifiedName(alias, "main", table));
      if (rows === snapshot.rowCount) return alias;
      const reason = `it holds ${rows} rows, and ${snapshot.rowCount} were published`;
      throw warehouseError["corrupt-snapshot"]({ file, reason }, { at: { file } });
    } catch (error) {
      await this.#connection.run(`detach database if exists ${quoteIdentifier(alias)}`);
      throw snapshotError(file, error);
    }
  }

  async #scan(table: string): Promise<number> {
    const result = await this.#connection.run(`select count(*), max(hash(entry)) from ${table} as entry`);
    return Number(result.getChunk(0).getColumnVector(0).getItem(0));
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
