/** What a product can be exported as, and how its file is called: `units.schema.json`. */
export const exportFormats = {
  "json-schema": { extension: ".schema.json", what: "JSON Schema of a row as the ports serve it in JSON" },
  sdl: { extension: ".graphql", what: "GraphQL schema of the product" },
  ddl: { extension: ".sql", what: "CREATE TABLE for DuckDB or Postgres" },
  odps: { extension: ".odps.yaml", what: "data product descriptor, ODPS 1.0" },
  "odcs-3.1": { extension: ".odcs.yaml", what: "the contract for tools that read ODCS 3.1" },
  openslo: { extension: ".openslo.yaml", what: "its promises as OpenSLO v1" },
  markdown: { extension: ".md", what: "a page for people who use the product" },
  html: { extension: ".html", what: "the same page for a browser" },
  dbt: { extension: ".dbt.yml", what: "dbt source with its tests" },
  types: { extension: ".ts", what: "TypeScript type of a row" },
} as const;

export type ExportFormat = keyof typeof exportFormats;

export function isExportFormat(text: string): text is ExportFormat {
  return Object.hasOwn(exportFormats, text);
}

export type SqlDialect = "duckdb" | "postgres";

export const sqlDialects: readonly SqlDialect[] = ["duckdb", "postgres"];
