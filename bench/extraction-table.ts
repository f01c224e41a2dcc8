import type { DatabaseTableOptions } from "@thoth/ingest/database-source";

/** One table of one server, for a bench and for the processes that it starts. */
export interface Extraction {
  readonly kind: "postgres" | "mariadb";
  readonly url: string;
  readonly table: string;
}

/** By a cursor, as a large table is read: in batches, each with its checkpoint. */
export const tableOptions: DatabaseTableOptions = {
  mode: "append",
  cursor: { column: "id", key: "id" },
  columns: {
    id: "BIGINT",
    task_id: "INTEGER",
    status: "VARCHAR",
    comment: "VARCHAR",
    amount: "DECIMAL(12,2)",
    is_open: "BOOLEAN",
    updated_at: "TIMESTAMP WITH TIME ZONE",
  },
};
