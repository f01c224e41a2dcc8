import type { Hash } from "node:crypto";
import { appendFile, type FileHandle, open } from "node:fs/promises";
import type { RowBlock } from "./database-block.ts";
import type { BrokenRows } from "./staged-rows.ts";
import { partUtf8 } from "./utf8-rows.ts";

/** Where rows on their way into the engine wait. */
export interface Portion {
  readonly file: string;
  readonly hash?: Hash;
  /** Where the portion ends, a block more or less. */
  readonly rows: number;
  readonly bytes: number;
}

export interface Staged {
  readonly rows: number;
  readonly bytes: number;
  readonly broken: BrokenRows | undefined;
  /** As the server wrote it; undefined when there was none, or none in UTF-8. */
  readonly lastRow: string | undefined;
}

/** Writes blocks into a file until the portion is full or the table ends; the generator stays open for the next one. */
export async function stage(blocks: AsyncGenerator<RowBlock, void, void>, portion: Portion): Promise<Staged> {
  await using file = await open(portion.file, "wx", 0o600);
  let rows = 0;
  let bytes = 0;
  let broken: BrokenRows | undefined;
  let last: RowBlock | undefined;
  while (rows < portion.rows && bytes < portion.bytes) {
    const { value: block } = await blocks.next();
    if (!block) break;
    portion.hash?.update(block.bytes);
    const parted = partUtf8(block);
    await writeAll(file, parted.fine.bytes);
    broken = await stageBroken(parted.broken, `${portion.file}.broken`, broken);
    rows += parted.fine.rows;
    bytes += block.bytes.length;
    if (parted.fine.rows > 0) last = parted.fine;
  }
  return { rows, bytes, broken, lastRow: last?.bytes.toString("utf8", last.lastRow) };
}

async function stageBroken(
  rows: readonly Buffer[],
  file: string,
  before: BrokenRows | undefined,
): Promise<BrokenRows | undefined> {
  if (rows.length === 0) return before;
  await appendFile(file, Buffer.concat(rows), { mode: 0o600 });
  return { files: [file], rows: (before?.rows ?? 0) + rows.length };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}
