import { quoteLiteral } from "@thoth/warehouse/sql-text";
import type { DatabaseTable, TableName } from "./database-table.ts";
import { ingestError } from "./errors.ts";
import type { MariadbSession } from "./mariadb-connection.ts";

/** @throws MeshError `ingest/missing-table` */
export async function describeTable(session: MariadbSession, name: TableName): Promise<DatabaseTable> {
  const { schema = session.database, table, stream } = name;
  const of = `TABLE_SCHEMA = ${quoteLiteral(schema)} AND TABLE_NAME = ${quoteLiteral(table)}`;
  const rows = await session.ask(`SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE = 'YES' AS nullable
FROM information_schema.COLUMNS WHERE ${of} ORDER BY ORDINAL_POSITION`);
  const place = `${session.server} ${schema}.${table}`;
  if (rows.length === 0) {
    throw ingestError["missing-table"]({ stream, table: `${schema}.${table}` }, { at: { path: place } });
  }
  const unique = await uniqueColumns(session, of);
  const columns = rows.map((row) => {
    const column = String(row.name);
    return [
      column,
      { type: String(row.type), nullable: Number(row.nullable) === 1, unique: unique?.has(column) },
    ] as const;
  });
  return { schema, name: table, place, columns: new Map(columns) };
}

/** By an index on it alone, over its whole length; undefined for a view. */
async function uniqueColumns(session: MariadbSession, of: string): Promise<ReadonlySet<string> | undefined> {
  const [kind] = await session.ask(`SELECT TABLE_TYPE AS kind FROM information_schema.TABLES WHERE ${of}`);
  if (kind?.kind !== "BASE TABLE") return undefined;
  const indexes = await session.ask(`SELECT MIN(COLUMN_NAME) AS name FROM information_schema.STATISTICS
WHERE ${of} GROUP BY INDEX_NAME HAVING COUNT(*) = 1 AND MAX(NON_UNIQUE) = 0 AND MAX(SUB_PART) IS NULL`);
  return new Set(indexes.map(({ name }) => String(name)));
}
