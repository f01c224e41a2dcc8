import type { RowField } from "../protocol/backend-message.ts";
import type { ValueFormat } from "../protocol/frontend-message.ts";
import { MessageWriter } from "../protocol/message-writer.ts";
import type { RowBatch } from "../protocol/row-batch.ts";
import { binaryWriter } from "./binary-value.ts";

type WriteCell = (writer: MessageWriter, text: string) => void;

const writeText: WriteCell = (writer, text) => writer.cell(text);

/**
 * Turns rows of texts into messages, each column in the format that was asked for.
 * @throws MeshError `gateway/sql-unsupported` for a type without binary form
 */
export function rowEncoder(fields: readonly RowField[], formats: readonly ValueFormat[]) {
  const cells = fields.map(({ typeOid }, index) => (formats[index] === 1 ? writeBinary(typeOid) : writeText));
  const writer = new MessageWriter(16_384);
  return (rows: readonly (readonly (string | null)[])[]): RowBatch => {
    const ends = rows.map((row) => {
      writer.begin("D").int16(row.length);
      for (const [index, value] of row.entries()) {
        if (value === null) writer.int32(-1);
        else (cells[index] ?? writeText)(writer, value);
      }
      return writer.end().length;
    });
    return { bytes: writer.take(), ends };
  };
}

function writeBinary(oid: number): WriteCell {
  const write = binaryWriter(oid);
  return (writer, text) => {
    const bytes = write(text);
    writer.int32(bytes.length).raw(bytes);
  };
}
