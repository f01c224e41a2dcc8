import { isUtf8 } from "node:buffer";
import type { RowBlock } from "./database-block.ts";

/** A block's rows, parted by whether all of their bytes are UTF-8. */
export interface PartedBlock {
  readonly fine: RowBlock;
  /** With U+FFFD in place of each byte that is not. */
  readonly broken: readonly Buffer[];
}

const quote = 0x22;
const newline = 0x0a;

/** A server whose texts have no encoding, such as Postgres's `SQL_ASCII`, gives whatever was once written into it. */
export function partUtf8(block: RowBlock): PartedBlock {
  if (isUtf8(block.bytes)) return { fine: block, broken: [] };
  const fine: Buffer[] = [];
  const broken: Buffer[] = [];
  for (const row of rowsOf(block.bytes)) {
    if (isUtf8(row)) fine.push(row);
    else broken.push(Buffer.from(row.toString("utf8")));
  }
  const bytes = Buffer.concat(fine);
  return { fine: { bytes, rows: fine.length, lastRow: bytes.length - (fine.at(-1)?.length ?? 0) }, broken };
}

/** Rows of CSV, each with the line's end. */
function* rowsOf(bytes: Buffer): Generator<Buffer, void, void> {
  let start = 0;
  let quoted = false;
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] === quote) quoted = !quoted;
    if (quoted || bytes[index] !== newline) continue;
    yield bytes.subarray(start, index + 1);
    start = index + 1;
  }
}
