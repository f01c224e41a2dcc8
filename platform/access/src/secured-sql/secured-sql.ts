import type { ProductModel } from "@thoth/contract/product-model";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import type { Decision } from "../decision.ts";

/** Who asks, as far as SQL is concerned. */
export interface SqlReader {
  readonly decide: (model: ProductModel) => Decision;
  /** Epoch ms; what is in brown-out then is not offered. */
  readonly now: number;
}

/** A published product as one reader can ask it. */
export interface SecuredTable {
  /** Of the domain: `ontrack_learning`. */
  readonly schema: string;
  /** `task_completion`, `task_completion_v2` */
  readonly table: string;
  readonly model: ProductModel;
  readonly columns: readonly SecuredColumn[];
}

export interface SecuredColumn {
  readonly name: string;
  /** Of the engine: `BIGINT`, `DECIMAL(9,2)`, `VARCHAR[]`. */
  readonly sqlType: string;
  readonly description: string;
  /** Whether it is never null for this reader. */
  readonly required: boolean;
}

/** SQL that somebody typed, over exactly what the decision lets through. */
export interface SecuredSql extends AsyncDisposable {
  tables(reader: SqlReader): readonly SecuredTable[];
  /**
   * Judges one SELECT. What comes back stands for the decisions of this moment: prepare anew before each run that
   * follows later. Equal statements under equal decisions are remembered, so that costs little.
   * @throws MeshError with `at.line`, `at.column`: `access/sql-read-refused`,
   *   `access/sql-function-refused`, `access/sql-grouping`, `access/sql-too-large`, `warehouse/sql-syntax`, …
   */
  prepare(statement: string, reader: SqlReader): Promise<SecuredStatement>;
}

export interface SecuredStatement {
  readonly columns: readonly { readonly name: string; readonly sqlType: string }[];
  /** Engine types of `$1`, …; VARCHAR when the engine cannot tell. */
  readonly parameters: readonly string[];
  /** What it reads, product by product. */
  readonly reads: readonly SecuredRead[];
  /**
   * Cells in Postgres' text form, chunk by chunk as the engine makes them. Leaving the loop early ends the statement.
   * @param params in text form
   * @throws MeshError `access/sql-failed`, `access/sql-timeout`, `access/sql-too-many-rows`,
   *   `warehouse/too-many-queries`, `warehouse/out-of-memory`; the signal's reason
   */
  run(params: readonly (string | null)[], options: RunOptions): AsyncIterable<readonly SecuredRow[]>;
  /** The same as values, all at once, for a caller in this process. */
  rows(params: readonly (string | null)[], options: RunOptions): Promise<SqlRow[]>;
}

export type SecuredRow = readonly (string | null)[];

export interface SecuredRead {
  readonly model: ProductModel;
  /** In alphabetical order; none when only rows are counted. */
  readonly columns: readonly string[];
  readonly decision: Decision;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** After as many rows the result ends, without an error. */
  readonly maxRows?: number;
}
