import { MessageWriter } from "../protocol/message-writer.ts";
import { cellsOf, type RowBatch } from "../protocol/row-batch.ts";
import type { CopyLayout, TextLayout } from "./copy-command.ts";

/** The messages of one copy: what stands before its rows, its rows, and what stands behind them. */
export interface CopyWriter {
  readonly header: Buffer | undefined;
  readonly rowsOf: (batch: RowBatch) => Buffer;
  readonly trailer: () => Buffer | undefined;
}

export function copyWriter(layout: CopyLayout, fields: readonly { readonly name: string }[]): CopyWriter {
  if (layout.format === "binary") return binaryCopyWriter();
  const names = fields.map(({ name }) => name);
  const header = layout.hasHeader ? copyHeader(names, layout) : undefined;
  return { header, rowsOf: (batch) => copyRows(batch, layout), trailer: () => undefined };
}

/** A signature, no flags, nothing more. */
const binaryHeader = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");

/** Clients count on the header coming in one message with the first row, as Postgres sends it. */
function binaryCopyWriter(): CopyWriter {
  let pending: Buffer | undefined = binaryHeader;
  const takeHeader = () => {
    const header = pending ?? Buffer.alloc(0);
    pending = undefined;
    return header;
  };
  return {
    header: undefined,
    rowsOf: (batch) => (batch.ends.length === 0 ? Buffer.alloc(0) : binaryCopyRows(batch, takeHeader())),
    trailer: () => new MessageWriter().begin("d").raw(takeHeader()).int16(-1).end().take(),
  };
}

/** A row of a binary copy is what a row of a binary result is, under another letter. */
function binaryCopyRows({ bytes, ends }: RowBatch, header: Buffer): Buffer {
  const copied = Buffer.from(bytes.subarray(0, ends.at(-1)));
  for (const begin of [0, ...ends.slice(0, -1)]) copied.write("d", begin, "latin1");
  const [first = 0] = ends;
  if (header.length === 0) return copied;
  const row = copied.subarray(5, first);
  const begun = new MessageWriter(first + header.length).begin("d").raw(header).raw(row).end().take();
  return Buffer.concat([begun, copied.subarray(first)]);
}

/** Writes rows as lines of a copy, one message each. */
function copyRows(batch: RowBatch, layout: TextLayout): Buffer {
  const writer = new MessageWriter(batch.bytes.length + batch.ends.length);
  for (const cells of cellsOf(batch))
    copyLine(
      writer,
      cells.map((cell) => cell?.toString("utf8") ?? null),
      layout,
    );
  return writer.take();
}

function copyHeader(names: readonly string[], layout: TextLayout): Buffer {
  const writer = new MessageWriter();
  copyLine(writer, names, layout);
  return writer.take();
}

function copyLine(writer: MessageWriter, cells: readonly (string | null)[], layout: TextLayout): void {
  const write = layout.format === "csv" ? csvCell : textCell;
  const line = cells.map((cell) => (cell === null ? layout.nullText : write(cell, layout, cells.length)));
  writer
    .begin("d")
    .string(`${line.join(layout.delimiter)}\n`)
    .end();
}

const textEscapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
};

function textCell(cell: string, { delimiter }: TextLayout): string {
  const escaped = cell.replace(/[\\\n\r\t\b\f\v]/g, (character) => textEscapes[character] ?? character);
  return delimiter === "\t" ? escaped : escaped.replaceAll(delimiter, `\\${delimiter}`);
}

/** A value that reads like null, or would end the data, is quoted. */
function csvCell(cell: string, { delimiter, quote, escapeWith, nullText }: TextLayout, columns: number): string {
  const isPlain = ![delimiter, quote, "\n", "\r"].some((special) => cell.includes(special));
  if (isPlain && cell !== nullText && !(columns === 1 && cell === "\\.")) return cell;
  const escaped = [...cell].map((character) =>
    character === quote || character === escapeWith ? escapeWith + character : character,
  );
  return `${quote}${escaped.join("")}${quote}`;
}
