import type { ProductModel } from "@thoth/contract/product-model";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import type { Decision } from "../decision.ts";
import type { DeclaredType } from "./parameter-types.ts";

/** Who asks, as far as SQL is concerned. */
export interface SqlReader {
  readonly decide: (model: ProductModel) => Decision;
  /** Epoch ms; what is in brown-out then is not offered. */
  readonly now: number;
  /** Under which names its statements count when they wait for the engine, the widest first; none of them takes all of it. */
  readonly claims?: readonly string[];
  /**
   * Schemas in which tables are looked for that are named without one, in their order; those that there are none of are
   * passed over. Absent, all schemas: then a name that two of them have is refused.
   */
  readonly searchPath?: readonly string[] | undefined;
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
  /** What keeps it from what is published now; nothing when all is well. */
  problems(): readonly SqlProblem[];
  /**
   * Judges one SELECT. What comes back stands for the decisions of this moment: prepare anew before each run that
   * follows later. Equal statements under equal decisions are remembered, so that costs little.
   * @throws MeshError with `at.line`, `at.column`: `access/sql-unknown-table`,
   *   `access/sql-ambiguous-table`, `access/sql-aggregates-only`, `access/sql-too-large`, `warehouse/read-refused`,
   *   `warehouse/function-refused`, `warehouse/sql-syntax`, …
   */
  prepare(statement: string, reader: SqlReader, options?: PrepareOptions): Promise<SecuredStatement>;
}

export interface SqlProblem {
  /** The product that is shown in an older state, or not at all; undefined: nothing new is heard of. */
  readonly product: string | undefined;
  /** Whether the product's file is the reason: then others can be asked as they are. */
  readonly isDamaged: boolean;
  readonly message: string;
}

export interface PrepareOptions {
  /** What the values of `$1`, … are, as far as it is known: asked where the engine cannot tell. */
  readonly declared?: readonly (DeclaredType | undefined)[];
  /**
   * Hears what a statement that is refused asks for, as far as it could be read, before that is thrown. It may name what
   * its reader must not know of: it is for the audit trail.
   */
  readonly onRefused?: ((asked: readonly SecuredRead[]) => void) | undefined;
}

export interface SecuredStatement {
  /** By the names that Postgres would give them. */
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
  /** Of the table as it is shown; absent where its reader does not see every row, and must not find out how many. */
  readonly rowCount?: number;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** As those of its reader. */
  readonly claims?: readonly string[] | undefined;
  /** After as many rows the result ends, without an error. */
  readonly maxRows?: number;
}
