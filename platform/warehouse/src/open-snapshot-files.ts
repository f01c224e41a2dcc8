import type { DuckDBConnection } from "@duckdb/node-api";
import { warehouseError } from "./errors.ts";
import { columnsOf, isFiniteSql, type ShownColumn } from "./finite-view.ts";
import { attachStatement } from "./open-engine.ts";
import type { Snapshot } from "./snapshot.ts";
import { snapshotError, snapshotFile } from "./snapshot-store.ts";
import { qualifiedName, quoteIdentifier } from "./sql-text.ts";

/** An open snapshot file. */
export interface OpenFile {
  /** Of the snapshot in it, with domain and product. */
  readonly name: string;
  /** Its name in the engine. */
  readonly alias: string;
  /** Of its table. */
  readonly columns: readonly ShownColumn[];
  /** Columns of its table that hold neither NaN nor infinity. */
  readonly finite: ReadonlySet<string>;
}

/** The snapshot files that one engine has open, each once, however many show it. One call at a time. */
export class OpenSnapshotFiles {
  readonly #connection: DuckDBConnection;
  readonly #dir: string;
  readonly #byName = new Map<string, { readonly file: OpenFile; users: number }>();
  #nextAlias = 1;

  constructor(connection: DuckDBConnection, dir: string) {
    this.#connection = connection;
    this.#dir = dir;
  }

  /** The file of a snapshot, opened unless it is, with one more who shows it. */
  async use(snapshot: Snapshot, table: string): Promise<OpenFile> {
    const name = `${snapshot.domain}/${snapshot.product}/${snapshot.id}`;
    const used = this.#byName.get(name) ?? { file: await this.#open(name, snapshot, table), users: 0 };
    this.#byName.set(name, used);
    used.users += 1;
    return used.file;
  }

  /** One less shows the file; nobody does, then it is closed. */
  async leave({ name, alias }: OpenFile): Promise<void> {
    const used = this.#byName.get(name);
    if (used === undefined) return;
    used.users -= 1;
    if (used.users > 0) return;
    this.#byName.delete(name);
    await this.#connection.run(`detach ${quoteIdentifier(alias)}`);
  }

  /** Attaches the file and reads all of it, so that a damaged one is found before anybody is shown it. */
  async #open(name: string, snapshot: Snapshot, table: string): Promise<OpenFile> {
    const file = snapshotFile(this.#dir, snapshot.domain, snapshot.product, snapshot.id);
    const alias = `snapshot_${this.#nextAlias++}`;
    try {
      await this.#connection.run(attachStatement(file, alias, { read_only: true }));
      const { rows, ...found } = await this.#scan(qualifiedName(alias, "main", table));
      if (rows === snapshot.rowCount) return { name, alias, ...found };
      const reason = `it holds ${rows} rows, and ${snapshot.rowCount} were published`;
      throw warehouseError["corrupt-snapshot"]({ file, reason }, { at: { file } });
    } catch (error) {
      await this.#connection.run(`detach database if exists ${quoteIdentifier(alias)}`);
      throw snapshotError(file, error);
    }
  }

  async #scan(table: string): Promise<Omit<OpenFile, "alias" | "name"> & { readonly rows: number }> {
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
}
