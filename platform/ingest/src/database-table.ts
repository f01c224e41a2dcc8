import type { DeclaredColumn } from "./column-spec.ts";
import { ingestError } from "./errors.ts";

/** One table or view as it stands on a database server. */
export interface DatabaseTable {
  readonly schema: string;
  readonly name: string;
  /** `postgres://host:port/database schema.table` */
  readonly place: string;
  readonly columns: ReadonlyMap<string, ServerColumn>;
}

export interface ServerColumn {
  /** As the server spells it: `timestamp with time zone`, `decimal(9,2)`, `bigint(20) unsigned`. */
  readonly type: string;
  readonly nullable: boolean;
  /** By an index on it alone; undefined for a view, which tells nothing. */
  readonly unique: boolean | undefined;
}

export interface TableName {
  readonly stream: string;
  /** The server's own default unless given. */
  readonly schema: string | undefined;
  readonly table: string;
}

/** Which rows of a table are read, and in which order. */
export interface Selection {
  readonly columns: readonly DeclaredColumn[];
  /** In the server's SQL. */
  readonly where?: string;
  readonly orderBy?: readonly string[];
}

/** @throws MeshError `ingest/missing-column` with the place of the column */
export function requireColumns(table: DatabaseTable, declared: readonly DeclaredColumn[], stream: string): void {
  const missing = declared.find(({ from, optional }) => !optional && !table.columns.has(from));
  if (missing === undefined) return;
  const found = [...table.columns.keys()];
  const at = { path: `${table.place}.${missing.from}` };
  throw ingestError["missing-column"]({ column: missing.from, stream, found }, { at });
}
