import { setImmediate } from "node:timers/promises";
import {
  type DuckDBBlobVector,
  type DuckDBDateVector,
  type DuckDBListType,
  type DuckDBListVector,
  type DuckDBMaterializedResult,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";

/** Some rows, column by column. */
export interface ColumnBatch {
  readonly rowCount: number;
  readonly columns: readonly ColumnValues[];
}

/** The values of one column in the layout of Apache Arrow: missing ones have a place, and zeros in it. */
export interface ColumnValues {
  readonly length: number;
  readonly nullCount: number;
  /** A bit a value, the least significant first, 1 where there is one; undefined when none is missing. */
  readonly validity: Uint8Array | undefined;
  /**
   * Fixed width: one number a value, for decimals two 64-bit halves of the value without its point; a bit a value for BOOLEAN; for BLOB the bytes of all
   * values one after another. Empty for a list.
   */
  readonly data: ColumnData;
  /** Of BLOB and lists: where each value begins, and where the last one ends. */
  readonly offsets?: Int32Array;
  /** Of lists: the elements of all of them. */
  readonly items?: ColumnValues;
}

export type ColumnData =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Rows that are converted before other work gets its turn: a few milliseconds at most. */
const rowsAtOnce = 2_048;

/**
 * Reads a result batch by batch. Numbers of up to 64 bits, DECIMAL, BOOLEAN, DATE (days since 1970), BLOB, and lists of them; a statement casts
 * whatever else it has.
 */
export async function* readBatches(result: DuckDBMaterializedResult): AsyncGenerator<ColumnBatch, void, void> {
  const types = result.columnTypes();
  for (let chunk = 0; chunk < result.chunkCount; chunk += 1) {
    const data = result.getChunk(chunk);
    if (data.rowCount === 0) continue;
    const columns: ColumnValues[] = [];
    for (const [index, type] of types.entries()) {
      columns.push(readVector(type, data.getColumnVector(index)));
      if (data.rowCount >= rowsAtOnce) await setImmediate();
    }
    yield { rowCount: data.rowCount, columns };
  }
}

interface Vector {
  readonly itemCount: number;
  getItem(index: number): unknown;
}

function readVector(type: DuckDBType, vector: Vector): ColumnValues {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return readBits(vector);
    case DuckDBTypeId.BLOB:
      return readBlobs(vector as DuckDBBlobVector);
    case DuckDBTypeId.DECIMAL:
      return readWide(vector as Vector & ScaledVector);
    case DuckDBTypeId.DATE:
      return readDays(vector as DuckDBDateVector);
    case DuckDBTypeId.LIST:
      return readLists(type as DuckDBListType, vector as DuckDBListVector);
    default:
      return readNumbers(type, vector);
  }
}

type NumberArray = Exclude<ColumnData, BigInt64Array | BigUint64Array>;

function readNumbers(type: DuckDBType, vector: Vector): ColumnValues {
  const data = numbersOf(type.typeId, vector.itemCount);
  // One of two kinds of number, and the engine gives the kind that the array holds.
  const numbers = data as NumberArray;
  return present(vector.itemCount, data, (index) => {
    const value = vector.getItem(index);
    if (value === null) return false;
    numbers[index] = value as number;
    return true;
  });
}

function numbersOf(typeId: DuckDBTypeId, length: number): ColumnData {
  switch (typeId) {
    case DuckDBTypeId.TINYINT:
      return new Int8Array(length);
    case DuckDBTypeId.SMALLINT:
      return new Int16Array(length);
    case DuckDBTypeId.INTEGER:
      return new Int32Array(length);
    case DuckDBTypeId.BIGINT:
      return new BigInt64Array(length);
    case DuckDBTypeId.UTINYINT:
      return new Uint8Array(length);
    case DuckDBTypeId.USMALLINT:
      return new Uint16Array(length);
    case DuckDBTypeId.UINTEGER:
      return new Uint32Array(length);
    case DuckDBTypeId.UBIGINT:
      return new BigUint64Array(length);
    case DuckDBTypeId.FLOAT:
      return new Float32Array(length);
    case DuckDBTypeId.DOUBLE:
      return new Float64Array(length);
    default:
      throw new Error(`a statement in batches must cast ${DuckDBTypeId[typeId]}`);
  }
}

function readDays(vector: DuckDBDateVector): ColumnValues {
  const data = new Int32Array(vector.itemCount);
  return present(vector.itemCount, data, (index) => {
    const value = vector.getItem(index);
    if (value === null) return false;
    data[index] = value.days;
    return true;
  });
}

interface ScaledVector {
  readonly itemCount: number;
  getScaledValue(index: number): number | bigint | null;
}

/** 128 bits, the lower half first. */
function readWide(vector: ScaledVector): ColumnValues {
  const data = new BigInt64Array(vector.itemCount * 2);
  return present(vector.itemCount, data, (index) => {
    const scaled = vector.getScaledValue(index);
    if (scaled === null) return false;
    const value = BigInt(scaled);
    data[index * 2] = BigInt.asIntN(64, value);
    data[index * 2 + 1] = value >> 64n;
    return true;
  });
}

function readBits(vector: Vector): ColumnValues {
  const data = new Uint8Array(bytesFor(vector.itemCount));
  return present(vector.itemCount, data, (index) => {
    const value = vector.getItem(index);
    if (value === null) return false;
    if (value === true) setBit(data, index);
    return true;
  });
}

function readBlobs(vector: DuckDBBlobVector): ColumnValues {
  const { itemCount } = vector;
  const offsets = new Int32Array(itemCount + 1);
  const pieces: Uint8Array[] = [];
  let end = 0;
  const { data: _, ...values } = present(itemCount, new Uint8Array(), (index) => {
    const bytes = vector.getItemBytes(index);
    if (bytes !== null) {
      pieces.push(bytes);
      end += bytes.length;
    }
    offsets[index + 1] = end;
    return bytes !== null;
  });
  return { ...values, data: Buffer.concat(pieces, end), offsets };
}

function readLists({ valueType }: DuckDBListType, vector: DuckDBListVector): ColumnValues {
  const { itemCount } = vector;
  const offsets = new Int32Array(itemCount + 1);
  const places: number[] = [];
  const values = present(itemCount, new Uint8Array(), (index) => {
    // Not the length of the entry: that of a missing list means nothing.
    const list = vector.getItemVector(index);
    const start = list === null ? 0 : vector.getEntryOffset(index);
    for (let item = 0; item < (list?.itemCount ?? 0); item += 1) places.push(start + item);
    offsets[index + 1] = places.length;
    return list !== null;
  });
  return { ...values, offsets, items: readVector(valueType, chosen(vector.childVector as Vector, places)) };
}

/** Elements of a vector by their places; the elements of several lists may lie in any order, and with gaps. */
function chosen(
  vector: Vector & Partial<Pick<DuckDBBlobVector, "getItemBytes"> & ScaledVector>,
  places: readonly number[],
): Vector {
  const at = (index: number) => places[index] ?? 0;
  return {
    itemCount: places.length,
    getItem: (index) => vector.getItem(at(index)),
    getItemBytes: (index: number) => vector.getItemBytes?.(at(index)) ?? null,
    getScaledValue: (index: number) => vector.getScaledValue?.(at(index)) ?? null,
  } as Vector;
}

/** @param fill puts the value with that number into `data` and says whether there is one */
function present(length: number, data: ColumnData, fill: (index: number) => boolean): ColumnValues {
  const validity = new Uint8Array(bytesFor(length));
  let nullCount = 0;
  for (let index = 0; index < length; index += 1) {
    if (fill(index)) setBit(validity, index);
    else nullCount += 1;
  }
  return { length, nullCount, validity: nullCount === 0 ? undefined : validity, data };
}

function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
}

function bytesFor(bits: number): number {
  return (bits + 7) >> 3;
}
