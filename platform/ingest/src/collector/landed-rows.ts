import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { Batch, ReadContext, StreamColumn } from "../connector.ts";

/**
 * When everything is loaded again (`--full`), the raw table is dropped; but segments are removed some time after they
 * have landed, and their rows exist nowhere else. So what has landed from the collector is taken over from there.
 */
export async function* keepLanded(
  { name, columns }: { readonly name: string; readonly columns: readonly StreamColumn[] },
  { engine }: ReadContext,
): AsyncGenerator<Batch, void, void> {
  const [found] = await engine.query(
    "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'raw' AND table_name = $1",
    [name],
  );
  if (found === undefined) return;
  const kept = `temp.main.${quoteIdentifier(`collected_${name}`)}`;
  const items = columns.map((column) => quoteIdentifier(column.name)).join(", ");
  await engine.run(`CREATE OR REPLACE TEMP TABLE ${quoteIdentifier(`collected_${name}`)} AS
SELECT ${items}, _source FROM ${qualifiedName("raw", name)} WHERE starts_with(_source, 'collector/')`);
  try {
    const [row] = await engine.query(`SELECT 1 FROM ${kept} LIMIT 1`);
    const data = { kind: "relation", sql: `SELECT * FROM ${kept}`, explain: (failure: unknown) => failure } as const;
    if (row !== undefined) yield { data, replaces: "new", bytes: 0, checkpoint: {} };
  } finally {
    await engine.run(`DROP TABLE IF EXISTS ${kept}`);
  }
}
