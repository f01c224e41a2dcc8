import { OtlpUnreadable } from "./otlp-values.ts";

/** How a field is written on the wire, and what becomes of it. */
export type FieldKind =
  | "string"
  | "bool"
  /** Becomes base64, as JSON writes bytes. */
  | "bytes"
  /** Bytes that become hexadecimal digits: trace and span ids. */
  | "hex"
  /** An integer of at most 32 bits, or an enum. */
  | "int32"
  | "sint32"
  | "fixed32"
  /** 64-bit integers become decimal texts. */
  | "int64"
  | "uint64"
  | "fixed64"
  | "sfixed64"
  | "double"
  | (() => MessageShape);

export interface FieldShape {
  /** lowerCamelCase, as JSON has it. */
  readonly name: string;
  readonly kind: FieldKind;
  readonly repeated?: boolean;
}

/** Fields by number; what is not listed is skipped. */
export type MessageShape = Readonly<Record<number, FieldShape>>;

/**
 * Reads a message into the form that its JSON has. Fields that are not on the wire are left out.
 * @throws OtlpUnreadable
 * @source Protocol Buffers, encoding
 */
export function readMessage(bytes: Buffer, shape: MessageShape, depth = 0): Record<string, unknown> {
  if (depth > deepest) throw new OtlpUnreadable(`messages lie more than ${deepest} deep in each other`);
  const message: Record<string, unknown> = {};
  const wire = wireOf(bytes);
  while (wire.at < wire.end) {
    const { number, type } = readTag(wire);
    const field = shape[number];
    if (field === undefined) skipField(wire, type);
    else readField(wire, type, { field, message, depth });
  }
  return message;
}

const deepest = 100;

/** What is read next of some bytes. */
export interface Wire {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;
}

function wireOf(bytes: Buffer): Wire {
  return { bytes, at: 0, end: bytes.length };
}

/** @throws OtlpUnreadable */
export function readTag(wire: Wire): { readonly number: number; readonly type: number } {
  const tag = readLength(wire);
  if (tag < 8) throw new OtlpUnreadable("a field has the number 0");
  return { number: Math.floor(tag / 8), type: tag % 8 };
}

const wireTypes: Readonly<Record<Exclude<FieldKind, () => MessageShape>, number>> = {
  ...{ int32: 0, sint32: 0, int64: 0, uint64: 0, bool: 0 },
  ...{ fixed64: 1, sfixed64: 1, double: 1 },
  ...{ string: 2, bytes: 2, hex: 2 },
  fixed32: 5,
};

interface Reading {
  readonly field: FieldShape;
  readonly message: Record<string, unknown>;
  readonly depth: number;
}

function readField(wire: Wire, type: number, { field, message, depth }: Reading): void {
  const { name, kind, repeated } = field;
  const expected = typeof kind === "function" ? 2 : wireTypes[kind];
  const isPacked = repeated === true && type === 2 && expected !== 2;
  if (type !== expected && !isPacked) throw new OtlpUnreadable(`${name} has the wire type ${type}`);
  const values = isPacked ? readPacked(readChunk(wire), kind) : [readValue(wire, kind, depth)];
  if (!repeated) message[name] = values[0];
  else if (Array.isArray(message[name])) for (const value of values) message[name].push(value);
  else message[name] = values;
}

function readPacked(bytes: Buffer, kind: FieldKind): unknown[] {
  const wire = wireOf(bytes);
  const values: unknown[] = [];
  while (wire.at < wire.end) values.push(readValue(wire, kind, 0));
  return values;
}

function readValue(wire: Wire, kind: FieldKind, depth: number): unknown {
  if (typeof kind === "function") return readMessage(readChunk(wire), kind(), depth + 1);
  switch (kind) {
    case "string":
      return readChunk(wire).toString("utf8");
    case "bytes":
      return readChunk(wire).toString("base64");
    case "hex":
      return readChunk(wire).toString("hex");
    case "bool":
      return readVarint(wire) !== 0n;
    case "int32":
      return Number(BigInt.asIntN(32, readVarint(wire)));
    case "sint32":
      return zigzag(readVarint(wire));
    case "int64":
      return BigInt.asIntN(64, readVarint(wire)).toString();
    case "uint64":
      return readVarint(wire).toString();
    case "fixed32":
      return take(wire, 4).readUInt32LE();
    case "fixed64":
      return take(wire, 8).readBigUInt64LE().toString();
    case "sfixed64":
      return take(wire, 8).readBigInt64LE().toString();
    case "double":
      return take(wire, 8).readDoubleLE();
    default:
      return kind satisfies never;
  }
}

function zigzag(value: bigint): number {
  return Number((value >> 1n) ^ -(value & 1n));
}

function readVarint(wire: Wire): bigint {
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = nextByte(wire);
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt(low);
  }
  let value = BigInt(low);
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = nextByte(wire);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw endless();
}

function endless(): Error {
  return new OtlpUnreadable("an integer does not end");
}

/**
 * An integer that says how much follows; beyond 53 bits it is not exact, and more than there is.
 * @throws OtlpUnreadable
 */
export function readLength(wire: Wire): number {
  let value = 0;
  for (let scale = 1; scale < 2 ** 70; scale *= 128) {
    const byte = nextByte(wire);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw endless();
}

function nextByte(wire: Wire): number {
  const byte = wire.at < wire.end ? wire.bytes[wire.at++] : undefined;
  if (byte === undefined) throw cutOff();
  return byte;
}

function readChunk(wire: Wire): Buffer {
  return take(wire, readLength(wire));
}

function take(wire: Wire, length: number): Buffer {
  const from = wire.at;
  pass(wire, length);
  return wire.bytes.subarray(from, wire.at);
}

/** @throws OtlpUnreadable */
export function pass(wire: Wire, length: number): void {
  if (wire.at + length > wire.end) throw cutOff();
  wire.at += length;
}

/** @throws OtlpUnreadable */
export function skipField(wire: Wire, type: number): void {
  if (type === 0) readLength(wire);
  else if (type === 1) pass(wire, 8);
  else if (type === 2) pass(wire, readLength(wire));
  else if (type === 5) pass(wire, 4);
  else throw new OtlpUnreadable(`the wire type ${type} is not known`);
}

function cutOff(): Error {
  return new OtlpUnreadable("the message is cut off");
}

/** A message of the fields given, in their order; empty texts and zeros are left out, as they are on the wire. */
export function writeMessage(fields: readonly (readonly [number: number, value: string | number | Buffer])[]): Buffer {
  const parts = fields.flatMap(([number, value]) => {
    if (typeof value === "number") return value === 0 ? [] : [varint(number << 3), varint(value)];
    const bytes = Buffer.from(value as Buffer);
    return bytes.length === 0 ? [] : [varint((number << 3) | 2), varint(bytes.length), bytes];
  });
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}
