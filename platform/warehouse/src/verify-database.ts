import { openFileError } from "./engine-errors.ts";
import { attachStatement, connectEngine, openEngine } from "./open-engine.ts";
import { qualifiedName } from "./sql-text.ts";

const alias = "examined";

/**
 * Opens a database file for reading and reads every value of every table. No other process may have it open for writing.
 * @returns the number of tables
 * @throws MeshError `warehouse/corrupt-file`, `warehouse/file-in-use`, `warehouse/file-unreachable`
 */
export async function verifyDatabase(file: string): Promise<number> {
  const instance = await openEngine({ threads: 1 });
  const connection = await connectEngine(instance);
  try {
    await connection.run(attachStatement(file, alias, { read_only: true }));
    const found = await connection.runAndReadAll(
      `select schema_name, table_name from duckdb_tables() where database_name = '${alias}' order by all`,
    );
    const tables = found.getRows().map(([schema, table]) => qualifiedName(alias, String(schema), String(table)));
    for (const table of tables) await connection.run(`select count(*), max(hash(entry)) from ${table} entry`);
    return tables.length;
  } catch (error) {
    throw openFileError(file, error);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
