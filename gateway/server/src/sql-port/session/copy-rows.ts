import { MessageWriter } from "../protocol/message-writer.ts";
import { cellsOf, type RowBatch } from "../protocol/row-batch.ts";
import type { CopyLayout } from "./copy-command.ts";

/** Writes rows as lines of a copy, one message each. */
export function copyRows(batch: RowBatch, layout: CopyLayout): Buffer {
  const writer = new MessageWriter(batch.bytes.length + batch.ends.length);
  for (const cells of cellsOf(batch))
    copyLine(
      writer,
      cells.map((cell) => cell?.toString("utf8") ?? null),
      layout,
    );
  return writer.take();
}

export function copyHeader(names: readonly string[], layout: CopyLayout): Buffer {
  const writer = new MessageWriter();
  copyLine(writer, names, layout);
  return writer.take();
}

function copyLine(writer: MessageWriter, cells: readonly (string | null)[], layout: CopyLayout): void {
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

function textCell(cell: string, { delimiter }: CopyLayout): string {
  const escaped = cell.replace(/[\\\n\r\t\b\f\v]/g, (character) => textEscapes[character] ?? character);
  return delimiter === "\t" ? escaped : escaped.replaceAll(delimiter, `\\${delimiter}`);
}

/** A value that reads like null, or would end the data, is quoted. */
function csvCell(cell: string, { delimiter, quote, escapeWith, nullText }: CopyLayout, columns: number): string {
  const isPlain = ![delimiter, quote, "\n", "\r"].some((special) => cell.includes(special));
  if (isPlain && cell !== nullText && !(columns === 1 && cell === "\\.")) return cell;
  const escaped = [...cell].map((character) =>
    character === quote || character === escapeWith ? escapeWith + character : character,
  );
  return `${quote}${escaped.join("")}${quote}`;
}
