import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isWholeLine } from "./segment-line.ts";

/** A file of records in the order in which they came. Numbers grow and are never used again. */
export interface Segment {
  readonly number: number;
  /** Absolute. */
  readonly path: string;
}

export function segmentOf(folder: string, number: number): Segment {
  return { number, path: join(folder, `${String(number).padStart(10, "0")}.ndjson`) };
}

/** The segments of one stream, oldest first; none when the folder does not exist. */
export async function listSegments(folder: string): Promise<Segment[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw failure;
  }
  const numbers = names.flatMap((name) => {
    const number = /^(\d{10,15})\.ndjson$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  return numbers.sort((a, b) => a - b).map((number) => segmentOf(folder, number));
}

/** A part of a segment: some whole lines, each with its end. */
export interface SegmentPart {
  readonly lines: Buffer;
  readonly count: number;
  /** Offset behind them, bytes. */
  readonly end: number;
}

/** How a segment ends behind its whole lines. */
export type SegmentEnd =
  /** With nothing, or with the beginning of what was never acknowledged. */
  | { readonly kind: "whole"; readonly bytes: number; readonly tornBytes: number }
  /** With whole lines behind a damaged one. */
  | { readonly kind: "damaged"; readonly bytes: number };

const pieceBytes = 1024 * 1024;

/**
 * Reads whole lines from an offset on, a piece at a time.
 * @returns how the segment ends; `bytes` is the offset behind the last whole line before anything else
 */
export async function* readSegment(
  { path }: Segment,
  from: number,
  signal?: AbortSignal,
): AsyncGenerator<SegmentPart, SegmentEnd, void> {
  await using file = await open(path, "r");
  let offset = from;
  let rest: Buffer = Buffer.alloc(0);
  let position = from;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, position);
    position += bytesRead;
    if (bytesRead === 0) return { kind: "whole", bytes: offset, tornBytes: rest.length };
    const piece = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const { whole, count, damaged } = wholeLines(piece);
    offset += whole;
    if (count > 0) yield { lines: piece.subarray(0, whole), count, end: offset };
    if (damaged) return await judgeRest({ path, offset });
    rest = Buffer.from(piece.subarray(whole));
  }
}

/** How many bytes of it are whole lines; a line whose end has not been read yet is not damaged. */
function wholeLines(piece: Buffer): { whole: number; count: number; damaged: boolean } {
  let whole = 0;
  let count = 0;
  for (;;) {
    const end = piece.indexOf(10, whole);
    if (end < 0) return { whole, count, damaged: false };
    if (!isWholeLine(piece.subarray(whole, end))) return { whole, count, damaged: true };
    whole = end + 1;
    count++;
  }
}

/**
 * A crash may leave anything behind the last record that was made durable, but no whole record: it would have been
 * durable too. So whole lines behind a broken one mean that the file was damaged.
 */
async function judgeRest({ path, offset }: { path: string; offset: number }): Promise<SegmentEnd> {
  await using file = await open(path, "r");
  const { size } = await stat(path);
  let rest: Buffer = Buffer.alloc(0);
  for (let position = offset; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, position);
    if (bytesRead === 0) return { kind: "whole", bytes: offset, tornBytes: size - offset };
    position += bytesRead;
    const piece = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const lastEnd = piece.lastIndexOf(10);
    if (splitLines(piece.subarray(0, lastEnd + 1)).some(isWholeLine)) return { kind: "damaged", bytes: offset };
    rest = Buffer.from(piece.subarray(lastEnd + 1));
  }
}

function splitLines(piece: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < piece.length; ) {
    const end = piece.indexOf(10, start);
    lines.push(piece.subarray(start, end));
    start = end + 1;
  }
  return lines;
}
