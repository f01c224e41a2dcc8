import { setImmediate } from "node:timers/promises";
import type { DuckDBBlobVector, DuckDBMaterializedResult } from "@duckdb/node-api";
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

/** Bytes that are copied before other work gets its turn: about a millisecond. */
const copiedAtOnce = 2 * 1024 * 1024;

/** The values of the first column, which is of type BLOB; nothing for null. */
export async function readBytes(result: DuckDBMaterializedResult): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let copied = 0;
  for (let chunk = 0; chunk < result.chunkCount; chunk += 1) {
    const vector = result.getChunk(chunk).getColumnVector(0) as DuckDBBlobVector;
    for (let index = 0; index < vector.itemCount; index += 1) {
      if (copied > copiedAtOnce) {
        await setImmediate();
        copied = 0;
      }
      const piece = ownBytes(vector.getItemBytes(index));
      pieces.push(piece);
      copied += piece.length;
    }
  }
  return pieces;
}

/** A short value lies in the chunk's own memory and goes with it; a long one is a copy already. */
function ownBytes(bytes: Uint8Array | null): Uint8Array {
  if (bytes === null) return new Uint8Array();
  return bytes.length <= longestInChunk ? bytes.slice() : bytes;
}

const longestInChunk = 12;

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
