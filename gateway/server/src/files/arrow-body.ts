import type { Statement } from "@thoth/subgraph/compile-sql";
import { batchStatement, type FileType, fileType } from "@thoth/subgraph/file-columns";
import type { FilePlan } from "@thoth/subgraph/file-plan";
import type { ColumnBatch, ColumnValues } from "@thoth/warehouse/column-batch";
import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from "apache-arrow";
import { ArrowPieces } from "./arrow-pieces.ts";
import type { FileParts } from "./file-answer.ts";
import { oneAhead } from "./one-ahead.ts";

export type RunBatches = (statement: Statement) => AsyncIterable<ColumnBatch>;

/** A stream of Arrow record batches, made part by part from the engine's own columns. */
export function arrowBody(
  { plan, parts }: { readonly plan: FilePlan; readonly parts: FileParts },
  run: RunBatches,
): Promise<AsyncGenerator<Uint8Array, void, void>> {
  const schema = new Schema(plan.columns.map((column) => new Field(column.name, arrowType(fileType(column)), true)));
  const writer = new ArrowPieces(schema);
  const head = writer.take();
  async function* work() {
    for await (const part of parts)
      yield async () => {
        const batches = run(batchStatement(plan, part))[Symbol.asyncIterator]();
        return { first: await batches.next(), batches };
      };
  }
  return oneAhead(work(), {
    head,
    pieces: async function* ({ first, batches }) {
      for (let next = first; !next.done; next = await batches.next()) {
        writer.write(recordBatch(schema, next.value));
        yield writer.take();
      }
    },
    tail: writer.end(),
  });
}

function arrowType(type: FileType): DataType {
  switch (type.kind) {
    case "text":
      return new Utf8();
    case "boolean":
      return new Bool();
    case "integer":
      return integerType(type.bits, type.signed);
    case "float":
      return type.bits === 32 ? new Float32() : new Float64();
    case "decimal":
      return new Decimal(type.scale, type.width, 128);
    case "date":
      return new DateDay();
    case "time":
      return new TimeMicrosecond();
    case "timestamp": {
      const zone = type.zoned ? "UTC" : null;
      return type.unit === "nano" ? new TimestampNanosecond(zone) : new TimestampMicrosecond(zone);
    }
    case "list":
      return new List(new Field("item", arrowType(type.item), true));
    default:
      return type satisfies never;
  }
}

function integerType(bits: 8 | 16 | 32 | 64, signed: boolean): DataType {
  switch (bits) {
    case 8:
      return signed ? new Int8() : new Uint8();
    case 16:
      return signed ? new Int16() : new Uint16();
    case 32:
      return signed ? new Int32() : new Uint32();
    case 64:
      return signed ? new Int64() : new Uint64();
    default:
      return bits satisfies never;
  }
}

function recordBatch(schema: Schema, { rowCount, columns }: ColumnBatch): RecordBatch {
  const children = schema.fields.map(({ type }, index) => {
    const values = columns[index];
    if (values === undefined) throw new Error("a batch has fewer columns than its schema");
    return columnData(type, values);
  });
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: rowCount, nullCount: 0, children }));
}

function columnData(type: DataType, { length, nullCount, validity, data, offsets, items }: ColumnValues): Data {
  const present = { length, nullCount, nullBitmap: validity ?? null };
  if (type instanceof List && items !== undefined) {
    const [item] = type.children;
    if (item === undefined) throw new Error("a list without a type of its items");
    return makeData({
      type,
      ...present,
      valueOffsets: offsets ?? new Int32Array(1),
      child: columnData(item.type, items),
    });
  }
  if (type instanceof Utf8)
    return makeData({ type, ...present, valueOffsets: offsets ?? new Int32Array(1), data: data as Uint8Array });
  if (type instanceof Decimal) {
    const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / Uint32Array.BYTES_PER_ELEMENT);
    return makeData({ type, ...present, data: words });
  }
  return makeData({ type: type as Int32, ...present, data: data as Int32Array });
}
