import { open } from "node:fs/promises";
import { join } from "node:path";
import type { ChainHead } from "./audit-chain.ts";
import { type ChainFiles, headName, segmentName } from "./audit-files.ts";
import { type AuditKey, openRecord } from "./audit-record.ts";
import { readNote } from "./signed-note.ts";

/** Of the end of a segment, bytes: longer than any record. */
const tailBytes = 256 * 1024;

/**
 * How far a chain goes at least: as its head says while it goes on, which tells of nothing that is not acknowledged, and by
 * its last record when it has ended.
 * @returns a sequence; undefined when neither is as it was written
 */
export async function chainEnd(folder: string, chain: ChainFiles, key: AuditKey): Promise<number | undefined> {
  const head = await readNote<ChainHead>(join(folder, headName(chain.writer)), key);
  if (head.kind !== "absent") return head.kind === "signed" ? head.content.sequence : undefined;
  const newest = chain.segments.at(-1);
  if (newest === undefined) return undefined;
  const line = await lastLine(join(folder, segmentName(chain.writer, newest)));
  return line === undefined ? undefined : openRecord(line, key)?.sequence;
}

/** Undefined when there is none, and when it was removed meanwhile. */
async function lastLine(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, "r");
    const { size } = await file.stat();
    const length = Math.min(size, tailBytes);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8").split("\n").at(-2);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw failure;
  }
}
