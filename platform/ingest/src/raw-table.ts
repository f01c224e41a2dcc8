import { qualifiedName, quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Stream, StreamColumn } from "./connector.ts";
import { ingestError } from "./errors.ts";

/** Creates `raw.<stream>`, or adds the columns that the source newly declares. A changed type needs a full load. */
export async function prepareRawTable(engine: WriteSide, stream: Stream, { drop }: { drop: boolean }): Promise<void> {
  const table = qualifiedName("raw", stream.name);
  if (drop) await engine.run(`DROP TABLE IF EXISTS ${table}`);
  const columns = stream.columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ");
  const stamps = "_run_id VARCHAR, _loaded_at TIMESTAMP WITH TIME ZONE, _source VARCHAR";
  await engine.run(`CREATE TABLE IF NOT EXISTS ${table} (${columns}, ${stamps})`);
  await addDeclaredColumns(engine, stream);
}

async function addDeclaredColumns(engine: WriteSide, stream: Stream): Promise<void> {
  const table = `raw.${stream.name}`;
  const stored = await storedTypes(engine, stream.name);
  for (const column of stream.columns) {
    const before = stored.get(column.name);
    if (before === undefined) {
      const addition = `${quoteIdentifier(column.name)} ${column.type}`;
      await engine.run(`ALTER TABLE ${qualifiedName("raw", stream.name)} ADD COLUMN ${addition}`);
    } else if (before !== (await canonicalType(engine, column))) {
      const change = { table, column: column.name, before, after: column.type };
      throw ingestError["raw-type-changed"](change, { at: { path: `${table}.${column.name}` } });
    }
  }
}

async function storedTypes(engine: WriteSide, table: string): Promise<Map<string, string>> {
  const rows = await engine.query(
    `SELECT column_name, data_type FROM information_schema.columns
WHERE table_catalog = current_database() AND table_schema = 'raw' AND table_name = ${quoteLiteral(table)}`,
  );
  return new Map(rows.map((row) => [String(row.column_name), String(row.data_type)]));
}

/** `INT8`, `bigint` and `BIGINT` are one type; the engine says how it spells it. */
async function canonicalType(engine: WriteSide, { type }: StreamColumn): Promise<string> {
  const [row] = await engine.query(`SELECT typeof(NULL::${type}) AS type`);
  return String(row?.type);
}
