import { gatewayError } from "../../errors.ts";
import { decodeText, MessageReader } from "../protocol/message-reader.ts";
import { MessageWriter } from "../protocol/message-writer.ts";
import { type ArrayValue, dimensionsOf, leavesOf, parseArray, writeArray } from "./array-value.ts";
import { numericFromBinary, numericToBinary } from "./numeric-value.ts";
import { elementOf, type TypeName, typeName } from "./postgres-type.ts";
import * as time from "./time-value.ts";

/** A type's values in both of their forms. */
interface BinaryForm {
  readonly write: (text: string) => Uint8Array;
  readonly read: (bytes: Buffer) => string;
  /** Bytes of a value, when all have as many. */
  readonly size?: number;
}

/** Makes the binary form of a value out of its text. @throws MeshError `gateway/sql-unsupported` when the type has none here */
export function binaryWriter(oid: number): (text: string) => Uint8Array {
  const element = elementOf(oid);
  if (element !== undefined) return (text) => writeArrayBinary(parseArray(text), element);
  return (formOf(oid) ?? refuseBinary(oid)).write;
}

/** The text of a value that came in binary form. @throws MeshError `gateway/sql-unsupported`, `gateway/sql-bad-value` */
export function readBinary(bytes: Buffer, oid: number): string {
  const element = elementOf(oid);
  if (element !== undefined) return writeArray(readArrayBinary(new MessageReader(bytes)));
  const form = formOf(oid) ?? refuseBinary(oid);
  if (form.size !== undefined && form.size !== bytes.length) {
    const reason = `it has ${bytes.length} bytes instead of ${form.size}`;
    throw gatewayError["sql-bad-value"]({ what: typeName(oid) ?? "a parameter", reason });
  }
  return form.read(bytes);
}

function refuseBinary(oid: number): never {
  throw gatewayError["sql-unsupported"]({
    what: `The binary form of the type ${typeName(oid) ?? oid}`,
    instead: "Send and ask for values of this type as text.",
  });
}

const text: BinaryForm = { write: (value) => Buffer.from(value), read: decodeText };

const forms: Readonly<Partial<Record<TypeName, BinaryForm>>> = {
  bool: {
    write: (value) => Uint8Array.of(/^t/i.test(value) ? 1 : 0),
    read: (bytes) => (bytes[0] === 0 ? "false" : "true"),
    size: 1,
  },
  int2: {
    write: (value) => fixed(2, (bytes) => bytes.writeInt16BE(Number(value))),
    read: (bytes) => String(bytes.readInt16BE()),
    size: 2,
  },
  int4: {
    write: (value) => fixed(4, (bytes) => bytes.writeInt32BE(Number(value))),
    read: (bytes) => String(bytes.readInt32BE()),
    size: 4,
  },
  oid: {
    write: (value) => fixed(4, (bytes) => bytes.writeUInt32BE(Number(value))),
    read: (bytes) => String(bytes.readUInt32BE()),
    size: 4,
  },
  int8: {
    write: (value) => fixed(8, (bytes) => bytes.writeBigInt64BE(BigInt(value))),
    read: (bytes) => String(bytes.readBigInt64BE()),
    size: 8,
  },
  float4: {
    write: (value) => fixed(4, (bytes) => bytes.writeFloatBE(Number(value))),
    read: (bytes) => String(bytes.readFloatBE()),
    size: 4,
  },
  float8: {
    write: (value) => fixed(8, (bytes) => bytes.writeDoubleBE(Number(value))),
    read: (bytes) => String(bytes.readDoubleBE()),
    size: 8,
  },
  numeric: { write: numericToBinary, read: numericFromBinary },
  date: { write: time.dateToBinary, read: time.dateFromBinary, size: 4 },
  time: { write: (value) => time.timeToBinary(value, false), read: time.timeFromBinary, size: 8 },
  timetz: { write: (value) => time.timeToBinary(value, true), read: time.timeFromBinary, size: 12 },
  timestamp: { write: time.timestampToBinary, read: (bytes) => time.timestampFromBinary(bytes, ""), size: 8 },
  timestamptz: { write: time.timestampToBinary, read: (bytes) => time.timestampFromBinary(bytes, "+00"), size: 8 },
  interval: { write: time.intervalToBinary, read: time.intervalFromBinary, size: 16 },
  uuid: {
    write: (value) => Buffer.from(value.replaceAll("-", ""), "hex"),
    read: (bytes) => bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
    size: 16,
  },
  bytea: {
    write: (value) => Buffer.from(value.replace(/^\\x/, ""), "hex"),
    read: (bytes) => `\\x${bytes.toString("hex")}`,
  },
  jsonb: { write: (value) => Buffer.from(`\u0001${value}`), read: (bytes) => decodeText(bytes.subarray(1)) },
  varbit: { write: bitsToBinary, read: bitsFromBinary },
  text,
  varchar: text,
  bpchar: text,
  name: text,
  json: text,
  char: text,
  unknown: text,
};

/** A client that names no type means text. */
function formOf(oid: number): BinaryForm | undefined {
  return oid === 0 ? text : forms[typeName(oid) ?? ("none" as TypeName)];
}

function fixed(size: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  write(bytes);
  return bytes;
}

function bitsToBinary(bits: string): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(bits.length / 8));
  bytes.writeInt32BE(bits.length);
  for (const [index, bit] of [...bits].entries()) {
    if (bit === "1") bytes[4 + (index >> 3)] = (bytes[4 + (index >> 3)] ?? 0) | (0x80 >> (index & 7));
  }
  return bytes;
}

function bitsFromBinary(bytes: Buffer): string {
  const reader = new MessageReader(bytes);
  const count = reader.int32();
  const bits = [...reader.bytes(Math.ceil(count / 8))].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.slice(0, count);
}

function writeArrayBinary(value: ArrayValue, element: number): Uint8Array {
  const [dimensions, leaves] = [dimensionsOf(value), leavesOf(value)];
  const write = binaryWriter(element);
  const writer = new MessageWriter();
  writer
    .int32(dimensions.length)
    .int32(leaves.includes(null) ? 1 : 0)
    .uint32(element);
  for (const length of dimensions) writer.int32(length).int32(1);
  for (const leaf of leaves) {
    if (leaf === null) writer.int32(-1);
    else {
      const bytes = write(leaf);
      writer.int32(bytes.length).raw(bytes);
    }
  }
  return writer.take();
}

const mostDimensions = 6;

function readArrayBinary(reader: MessageReader): ArrayValue {
  const dimensions = reader.int32();
  reader.int32();
  const element = reader.uint32();
  if (dimensions < 0 || dimensions > mostDimensions)
    throw gatewayError["sql-bad-value"]({ what: "an array", reason: `${dimensions} dimensions are too many` });
  const lengths = Array.from({ length: dimensions }, () => {
    const length = reader.int32();
    reader.int32();
    return length;
  });
  const read = ([length = 0, ...inner]: readonly number[]): ArrayValue => {
    // Each element takes four bytes at least, so a message cannot promise more than it holds.
    if (length < 0 || length > reader.rest)
      throw gatewayError["sql-bad-value"]({ what: "an array", reason: "it ends too early" });
    return Array.from({ length }, () => (inner.length > 0 ? read(inner) : readElement(reader, element)));
  };
  return read(lengths);
}

function readElement(reader: MessageReader, element: number): string | null {
  const length = reader.int32();
  return length === -1 ? null : readBinary(reader.bytes(length), element);
}
