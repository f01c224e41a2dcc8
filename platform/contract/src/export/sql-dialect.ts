import type { SqlDialect } from "./export-format.ts";

/** A name that keeps its case and may be any word. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A column's type, from DuckDB's spelling. */
export function typeFor(sqlType: string, dialect: SqlDialect): string {
  if (dialect === "duckdb") return sqlType;
  if (sqlType.endsWith("[]")) return `${typeFor(sqlType.slice(0, -2), dialect)}[]`;
  return sqlType.startsWith("DECIMAL") ? sqlType.replace("DECIMAL", "numeric") : (postgresTypes[sqlType] ?? sqlType);
}

/** Postgres has no unsigned integers: the next wider type holds them. */
const postgresTypes: Readonly<Record<string, string>> = {
  VARCHAR: "text",
  UUID: "uuid",
  DATE: "date",
  TIME: "time",
  TIMESTAMP: "timestamp",
  "TIMESTAMP WITH TIME ZONE": "timestamptz",
  TINYINT: "smallint",
  UTINYINT: "smallint",
  SMALLINT: "smallint",
  USMALLINT: "integer",
  INTEGER: "integer",
  UINTEGER: "bigint",
  BIGINT: "bigint",
  UBIGINT: "numeric(20,0)",
  HUGEINT: "numeric(39,0)",
  UHUGEINT: "numeric(39,0)",
  DOUBLE: "double precision",
  FLOAT: "real",
  BOOLEAN: "boolean",
  JSON: "jsonb",
};
