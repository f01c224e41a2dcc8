import type { InfluenceKind, UnknownInfluence } from "@thoth/warehouse/lineage/influence";

/** One table of the mesh, and where its rows come from. */
export interface TableLineage {
  /**
   * Of a stream of a source `ontrack-learning/ontrack-database:tasks`; `ontrack-learning/raw.tasks`,
   * `ontrack-learning/clean.tasks`; of a product its own id, `ontrack-learning/units`; of an earlier major version that
   * is served beside it `ontrack-learning/units@1`.
   */
  readonly id: string;
  readonly domain: string;
  readonly layer: "source" | "raw" | "clean" | "product";
  /** In SQL: `tasks`, `task_completion`; of a source the stream. */
  readonly table: string;
  /** Of an earlier major version: id of the product. */
  readonly versionOf?: string;
  /** Of cleaned tables and products: the query that fills it, relative to the repository. */
  readonly file?: string;
  /** Ids of the tables that the query reads, in the order of its text; also those of which it only counts rows. */
  readonly reads: readonly string[];
  readonly columns: readonly ColumnOrigin[];
  /** What decides which rows there are; every column depends on it. */
  readonly rows: Origin;
}

export interface ColumnOrigin extends Origin {
  readonly name: string;
  /** DuckDB type. */
  readonly type: string;
}

export interface Origin {
  readonly from: readonly ColumnUse[];
  /** What could not be traced, with its place in the table's file. */
  readonly unknown: readonly UnknownInfluence[];
}

/** How a column of another table is used. */
export interface ColumnUse {
  /** Id of the table. */
  readonly table: string;
  readonly column: string;
  readonly kind: InfluenceKind;
  /** Only a hash of the value gets through. */
  readonly masking: boolean;
}

/** `ontrack-learning/units.code`; of a whole table its id. */
export function columnId(table: string, column: string | undefined): string {
  return column === undefined ? table : `${table}.${column}`;
}
