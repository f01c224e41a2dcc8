import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import { escapeLiteral } from "pg";
import type { DatabaseTable, Selection, ServerColumn, TableName } from "./database-table.ts";
import { ingestError } from "./errors.ts";
import type { PostgresSession } from "./postgres-connection.ts";

/** @throws MeshError `ingest/missing-table` */
export async function describeTable(session: PostgresSession, name: TableName): Promise<DatabaseTable> {
  const { schema = "public", table, stream } = name;
  const { rows } = await session.client.query<ServerColumn & { name: string }>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
  CASE WHEN c.relkind IN ('r', 'p') THEN EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid
    AND i.indisunique AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) END AS "unique"
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum`,
    [schema, table],
  );
  const place = `${session.server} ${schema}.${table}`;
  if (rows.length === 0) {
    throw ingestError["missing-table"]({ stream, table: `${schema}.${table}` }, { at: { path: place } });
  }
  const columns = new Map(rows.map(({ name: column, ...rest }) => [column, rest]));
  return { schema, name: table, place, columns };
}

/**
 * The `COPY` of the declared columns and no others.
 * @param encoding of the texts: `UTF8`, or `SQL_ASCII` for those of a server that does not know theirs
 */
export function copyStatement(
  table: DatabaseTable,
  { columns, where, orderBy = [] }: Selection,
  encoding: "UTF8" | "SQL_ASCII",
): string {
  const items = columns.map(({ from }) => selectItem(from, table.columns.get(from)));
  // A row of one null would be an empty line, which readers of CSV skip.
  if (items.length === 1) items.push("NULL");
  const parts = [
    `SELECT ${items.join(", ")} FROM ${qualifiedName(table.schema, table.name)}`,
    ...(where === undefined ? [] : [`WHERE ${where}`]),
    ...(orderBy.length === 0 ? [] : [`ORDER BY ${orderBy.map(quoteIdentifier).join(", ")}`]),
  ];
  return `COPY (${parts.join(" ")}) TO STDOUT (FORMAT csv, ENCODING '${encoding}')`;
}

function selectItem(name: string, column: ServerColumn | undefined): string {
  if (column === undefined) return "NULL";
  const value = quoteIdentifier(name);
  if (column.type.endsWith("[]")) return `to_json(${value})`;
  if (column.type === "bytea") return `encode(${value}, 'hex')`;
  if (column.type === "boolean") return `${value}::text`;
  return column.type === "money" ? `${value}::numeric` : value;
}

/** A value as the server wrote it earlier, for a comparison that keeps the column's type and its index. */
export function typedLiteral(text: string, type: string): string {
  return `${escapeLiteral(text)}::${type}`;
}
