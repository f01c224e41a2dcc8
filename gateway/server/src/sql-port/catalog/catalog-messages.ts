import type { NoticeFields, RowField } from "../protocol/backend-message.ts";
import { FrameDecoder } from "../protocol/frame-decoder.ts";
import type { ValueFormat } from "../protocol/frontend-message.ts";
import { MessageReader } from "../protocol/message-reader.ts";
import { MessageWriter } from "../protocol/message-writer.ts";
import type { RowBatch } from "../protocol/row-batch.ts";
import type { BoundValues } from "../session/query.ts";
import { CatalogFailure } from "./catalog-failure.ts";

/** A result of more rows is refused. */
export const mostCatalogRows = 100_000;

/** Parse and Describe of the statement without a name. */
export function describeMessages(sql: string, types: readonly number[]): Uint8Array {
  const writer = new MessageWriter().begin("P").text("").text(sql).int16(types.length);
  for (const type of types) writer.uint32(type);
  return writer.end().begin("D").string("S").text("").end().take();
}

/** Bind and Execute of what was described. */
export function executeMessages({ values, formats, resultFormats }: BoundValues): Uint8Array {
  const writer = new MessageWriter().begin("B").text("").text("");
  writeFormats(writer, formats);
  writer.int16(values.length);
  for (const value of values) {
    if (value === null) writer.int32(-1);
    else writer.int32(value.length).raw(value);
  }
  writeFormats(writer, resultFormats);
  return writer.end().begin("E").text("").int32(mostCatalogRows).end().take();
}

function writeFormats(writer: MessageWriter, formats: readonly ValueFormat[]): void {
  writer.int16(formats.length);
  for (const format of formats) writer.int16(format);
}

export interface CatalogResult {
  readonly parameters: readonly number[];
  readonly fields: readonly RowField[];
  readonly rows: RowBatch;
  /** Whether there would have been more rows. */
  readonly isCut: boolean;
}

/** @throws CatalogFailure when the messages tell of an error */
export function readCatalogMessages(messages: Uint8Array): CatalogResult {
  const decoder = new FrameDecoder(0);
  decoder.expectTyped(0x7fffffff);
  decoder.push(Buffer.from(messages.buffer, messages.byteOffset, messages.byteLength));
  let parameters: number[] = [];
  let fields: RowField[] = [];
  let isCut = false;
  const rows: Buffer[] = [];
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
    const reader = new MessageReader(frame.body);
    if (frame.type === "E") throw new CatalogFailure(readFields(reader));
    if (frame.type === "t") parameters = reader.list(() => reader.uint32());
    if (frame.type === "T") fields = reader.list(() => readField(reader));
    if (frame.type === "D") rows.push(frame.body);
    if (frame.type === "s") isCut = true;
  }
  return { parameters, fields, rows: batchOf(rows), isCut };
}

function batchOf(rows: readonly Buffer[]): RowBatch {
  const writer = new MessageWriter(rows.reduce((sum, row) => sum + row.length + 5, 0));
  const ends = rows.map((row) => writer.begin("D").raw(row).end().length);
  return { bytes: writer.take(), ends };
}

function readField(reader: MessageReader): RowField {
  const field = {
    name: reader.text(),
    tableOid: reader.uint32(),
    columnNumber: reader.int16(),
    typeOid: reader.uint32(),
    typeSize: reader.int16(),
    typeModifier: reader.int32(),
  };
  reader.int16();
  return field;
}

/** Only what speaks of the statement; files and lines of the engine's own source are left out. */
const shownFields: ReadonlySet<string> = new Set(["C", "M", "D", "H", "P", "s", "t", "c"]);

function readFields(reader: MessageReader): NoticeFields {
  const fields: [string, string][] = [];
  for (let type = reader.uint8(); type !== 0; type = reader.uint8()) {
    const name = String.fromCharCode(type);
    const text = reader.text();
    if (shownFields.has(name)) fields.push([name, text]);
  }
  return Object.fromEntries(fields) as NoticeFields;
}
