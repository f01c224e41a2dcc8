import type { DuckDBBlobValue, DuckDBMaterializedResult } from "@duckdb/node-api";
import type { SqlRow } from "./query-engine.ts";
import { type ReadValue, readerFor } from "./read-value.ts";

/**
 * Turns a result into rows, column by column: one converter is chosen per column, none per value.
 * A repeated column name gets `:1`, `:2`, …
 */
export function readRows(result: DuckDBMaterializedResult): SqlRow[] {
  const names = result.deduplicatedColumnNames();
  const readers = result.columnTypes().map(readerFor);
  const rows: SqlRow[] = [];
  for (let chunk = 0; chunk < result.chunkCount; chunk += 1) {
    const data = result.getChunk(chunk);
    const start = rows.length;
    for (let row = 0; row < data.rowCount; row += 1) rows.push({});
    for (const [column, name] of names.entries()) {
      const vector = data.getColumnVector(column);
      fillColumn(rows, start, name, vector, readers[column]);
    }
  }
  return rows;
}

/** The values of the first column, which is of type BLOB; nothing for null. */
export function readBytes(result: DuckDBMaterializedResult): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let chunk = 0; chunk < result.chunkCount; chunk += 1) {
    const vector: ColumnVector = result.getChunk(chunk).getColumnVector(0);
    for (let index = 0; index < vector.itemCount; index += 1) {
      const value = vector.getItem(index) as DuckDBBlobValue | null;
      pieces.push(value?.bytes ?? new Uint8Array());
    }
  }
  return pieces;
}

interface ColumnVector {
  readonly itemCount: number;
  getItem(index: number): unknown;
}

function fillColumn(rows: SqlRow[], start: number, name: string, vector: ColumnVector, read: ReadValue | undefined) {
  const assign = name === "__proto__" ? defineProto : undefined;
  for (let index = 0; index < vector.itemCount; index += 1) {
    const raw = vector.getItem(index);
    const value = raw === null || read === undefined ? raw : read(raw);
    const row = rows[start + index] as SqlRow;
    if (assign === undefined) row[name] = value;
    else assign(row, value);
  }
}

// Plain assignment to this one name would change the row's prototype instead of adding a column.
function defineProto(row: SqlRow, value: unknown): void {
  Object.defineProperty(row, "__proto__", { value, enumerable: true, configurable: true, writable: true });
}
