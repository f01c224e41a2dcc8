import { setImmediate } from "node:timers/promises";
import { type DuckDBConnection, DuckDBDataChunk, VARCHAR } from "@duckdb/node-api";
import { type CellFormat, cellFormat } from "./cell-text.ts";
import { engineError, parseEngineError } from "./engine-errors.ts";
import { warehouseError } from "./errors.ts";
import { qualifiedName, quoteIdentifier } from "./sql-text.ts";

export interface AppendTarget {
  readonly schema: string;
  readonly table: string;
}

export interface AppendColumn {
  readonly name: string;
  /** DuckDB type of the column in the table. */
  readonly type: string;
}

/** Rows on their way into a table, in one piece. */
export interface Appending {
  readonly target: AppendTarget;
  readonly columns: readonly AppendColumn[];
  readonly rows: readonly (readonly unknown[])[];
}

const passage = "temp.appended_rows";
const chunkRows = 2048;

/**
 * Appends rows that exist in JavaScript. They cross as text, in whole chunks, into a temporary table; the engine casts
 * them on the way into the target, so its own rules decide what a value means.
 * @param another opens a second connection, needed only to find the row that failed: the first may have a transaction
 *   that the failure has ended
 * @throws MeshError `warehouse/value-type` naming row, column and value
 */
export async function appendRows(
  connection: DuckDBConnection,
  appending: Appending,
  another: () => Promise<DuckDBConnection>,
): Promise<number> {
  if (appending.rows.length === 0) return 0;
  const { target, columns } = appending;
  await fillPassage(connection, appending);
  const names = columns.map((column) => quoteIdentifier(column.name)).join(", ");
  const casts = columns.map((column) => cellFormat(column.type).fromText(quoteIdentifier(column.name))).join(", ");
  const insert = `insert into ${qualifiedName(target.schema, target.table)} (${names}) select ${casts} from ${passage}`;
  try {
    const { rowsChanged } = await connection.run(insert);
    await connection.run(`drop table ${passage}`);
    return rowsChanged;
  } catch (error) {
    if (parseEngineError(error).kind !== "Conversion") throw engineError(error);
    const diagnosis = await another();
    try {
      throw (await findBadValue(diagnosis, appending)) ?? engineError(error);
    } finally {
      diagnosis.closeSync();
    }
  }
}

async function fillPassage(connection: DuckDBConnection, { target, columns, rows }: Appending): Promise<void> {
  const texts = columns.map((column) => `${quoteIdentifier(column.name)} varchar`).join(", ");
  await connection.run(`create or replace temp table appended_rows (${texts})`);
  const formats = columns.map((column) => cellFormat(column.type));
  const appender = await connection.createAppender("appended_rows", "main", "temp");
  const chunk = DuckDBDataChunk.create(columns.map(() => VARCHAR));
  try {
    for (let start = 0; start < rows.length; start += chunkRows) {
      const part = rows.slice(start, start + chunkRows);
      const fill = (format: CellFormat, index: number) =>
        part.map((row, offset) => {
          const text = format.toText(row[index]);
          if (text === undefined) throw valueError(target, columns[index], start + offset, row[index]);
          return text;
        });
      chunk.reset();
      chunk.setColumns(formats.map(fill));
      appender.appendDataChunk(chunk);
      await setImmediate();
    }
  } finally {
    appender.closeSync();
  }
}

/** Loads the rows once more and asks, column by column, for the first text that does not cast. */
async function findBadValue(connection: DuckDBConnection, appending: Appending): Promise<Error | undefined> {
  await fillPassage(connection, appending);
  for (const [index, column] of appending.columns.entries()) {
    const text = quoteIdentifier(column.name);
    const cast = cellFormat(column.type).fromText(text).replaceAll("cast(", "try_cast(");
    const result = await connection.run(
      `select min(rowid) from ${passage} where ${text} is not null and ${cast} is null`,
    );
    const row = result.getChunk(0).getColumnVector(0).getItem(0);
    if (row !== null) return valueError(appending.target, column, Number(row), appending.rows[Number(row)]?.[index]);
  }
  return undefined;
}

function valueError({ schema, table }: AppendTarget, column: AppendColumn | undefined, index: number, value: unknown) {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, shownCharacters)) : String(value);
  const { name = "", type = "" } = column ?? {};
  return warehouseError["value-type"]({
    table: `${schema}.${table}`,
    row: index + 1,
    column: name,
    type,
    value: shown,
  });
}

const shownCharacters = 40;
