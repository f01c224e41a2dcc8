import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Stream, StreamColumn } from "./connector.ts";
import { ingestError } from "./errors.ts";

/**
 * Creates `raw.<stream>`, or adds the columns that the source newly declares.
 * @param options.drop begin with a new table, whatever is in the old one
 * @throws MeshError `ingest/raw-type-changed`: a changed type needs a full load
 */
export async function prepareRawTable(engine: WriteSide, stream: Stream, { drop }: { drop: boolean }): Promise<void> {
  const table = qualifiedName("raw", stream.name);
  if (drop) await engine.run(`DROP TABLE IF EXISTS ${table}`);
  await engine.run(createRawTable(stream));
  if (!drop) await addDeclaredColumns(engine, stream);
}

/** The statement that creates `raw.<stream>` where there is none. */
export function createRawTable({ name, columns }: Pick<Stream, "name" | "columns">): string {
  const declared = columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`).join(", ");
  const stamps = "_run_id VARCHAR, _loaded_at TIMESTAMP WITH TIME ZONE, _source VARCHAR";
  return `CREATE TABLE IF NOT EXISTS ${qualifiedName("raw", name)} (${declared}, ${stamps})`;
}

async function addDeclaredColumns(engine: WriteSide, stream: Stream): Promise<void> {
  const table = qualifiedName("raw", stream.name);
  const stored = await describe(engine, `DESCRIBE ${table}`);
  const declared = await describe(engine, `DESCRIBE SELECT ${stream.columns.map(typedNull).join(", ")}`);
  for (const column of stream.columns) {
    const before = stored.get(column.name);
    if (before === undefined) {
      await engine.run(`ALTER TABLE ${table} ADD COLUMN ${quoteIdentifier(column.name)} ${column.type}`);
    } else if (before !== declared.get(column.name)) {
      const name = `raw.${stream.name}`;
      const change = { table: name, column: column.name, before, after: column.type };
      throw ingestError["raw-type-changed"](change, { at: { path: `${name}.${column.name}` } });
    }
  }
}

/** `INT8`, `bigint` and `BIGINT` are one type; the engine says how it spells it. */
function typedNull({ name, type }: StreamColumn): string {
  return `NULL::${type} AS ${quoteIdentifier(name)}`;
}

async function describe(engine: WriteSide, statement: string): Promise<Map<string, string>> {
  const rows = await engine.query(statement);
  return new Map(rows.map((row) => [String(row.column_name), String(row.column_type)]));
}
