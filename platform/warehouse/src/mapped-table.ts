import { analyseSql, type TableReference } from "./analyse-sql.ts";
import { authoriseReads, type ReadableTable, tableName } from "./authorise-reads.ts";
import { warehouseError } from "./errors.ts";
import type { QueryFile } from "./in-query-file.ts";
import type { QueryEngine } from "./query-engine.ts";
import { splitStatements } from "./sql-statements.ts";
import { qualifiedName, quoteIdentifier } from "./sql-text.ts";

/** A table that is a SELECT over another one, as an older major version of a product is. */
export interface MappedTable {
  readonly table: string;
  /** The file with the SELECT. It reads nothing but the other table. */
  readonly query: QueryFile;
  /** What it yields, in this order and with these types. */
  readonly columns: readonly { readonly name: string; readonly sqlType: string }[];
  /** Columns that are shown; all when absent, not even the table when empty. */
  readonly shown?: readonly string[] | undefined;
}

export interface MappedSource {
  /** The name by which the SELECT reads the other table. */
  readonly reads: ReadableTable;
  /** Catalog and schema, or schema, in which the other table lies under its own name. */
  readonly within: readonly string[];
}

/**
 * The SELECT of a mapped table over the other table where that really lies, one line a column from the second line on.
 * @param engine any engine: only its parser is used
 * @throws MeshError `warehouse/read-refused`, `warehouse/function-refused`, `warehouse/sql-syntax` and their like, with
 *   file, line and column
 */
export async function mappedSelect(engine: QueryEngine, mapped: MappedTable, source: MappedSource): Promise<string> {
  const { query, columns } = mapped;
  const analysis = await analyseSql(engine, query.sql, query.file);
  authoriseMapping(analysis, source.reads);
  const moved = moveTables(query, analysis.tables, source.within);
  const [statement] = splitStatements(moved);
  if (statement === undefined) throw new Error(`${query.file} was a statement before its tables were moved`);
  const casts = columns.map(({ name, sqlType }) => {
    const quoted = quoteIdentifier(name);
    return `CAST(${quoted} AS ${sqlType}) AS ${quoted}`;
  });
  return `SELECT\n${casts.join(",\n")}\nFROM (\n${statement.text}\n)`;
}

/** @throws MeshError `warehouse/mapping-reads`, `warehouse/function-refused` */
export function authoriseMapping(analysis: Awaited<ReturnType<typeof analyseSql>>, reads: ReadableTable): void {
  const own = identity(reads);
  const foreign = analysis.tables.find((table) => identity(table) !== own);
  if (foreign !== undefined) {
    const { line, column, ...table } = foreign;
    const names = { table: tableName(table), source: tableName(reads) };
    throw warehouseError["mapping-reads"](names, { at: { file: analysis.file, line, column } });
  }
  authoriseReads(analysis, [reads]);
}

function identity({ catalog = "", schema = "", table }: ReadableTable): string {
  return JSON.stringify([catalog, schema, table]).toLowerCase();
}

const part = String.raw`(?:"(?:[^"]|"")+"|[\w$]+)`;
const writtenName = new RegExp(String.raw`${part}\s*\.\s*${part}\s*\.\s*${part}`, "y");

/** The table keeps its own name, by which columns may be qualified; only where it lies is written anew. */
function moveTables({ sql, file }: QueryFile, tables: readonly TableReference[], within: readonly string[]): string {
  let moved = "";
  let done = 0;
  for (const reference of tables) {
    const start = offsetOf(sql, reference);
    writtenName.lastIndex = start;
    const written = writtenName.exec(sql)?.[0];
    if (written === undefined) {
      const { line, column, table } = reference;
      throw warehouseError["mapping-name"]({ table }, { at: { file, line, column } });
    }
    moved += sql.slice(done, start) + qualifiedName(...within, reference.table);
    done = start + written.length;
  }
  return moved + sql.slice(done);
}

function offsetOf(sql: string, { line, column }: TableReference): number {
  const ends = [...sql.matchAll(/\r\n|\n|\r/g)].map((end) => end.index + end[0].length);
  return (line === 1 ? 0 : (ends[line - 2] ?? sql.length)) + column - 1;
}
