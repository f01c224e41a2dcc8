import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { type Staging, stagedLine } from "./staged-rows.ts";

/** Rows as they come from a source, fields in the columns' order. */
export interface Rows {
  readonly rows: readonly (readonly (string | null)[])[];
  /** What they took at the source. */
  readonly bytes: number;
}

/** A finished file of rows that become durable together. */
export interface Portion {
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
}

/** A file of staged rows while it is being written. */
export interface StagedFile extends AsyncDisposable {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly hash: Hash;
  write(rows: Rows["rows"]): Promise<void>;
}

export async function createStagedFile(path: string): Promise<StagedFile> {
  const file: FileHandle = await open(path, "wx", 0o600);
  const hash = createHash("sha256");
  let rows = 0;
  let bytes = 0;
  return {
    path,
    hash,
    get bytes() {
      return bytes;
    },
    get rows() {
      return rows;
    },
    async write(more) {
      const text = more.map(stagedLine).join("");
      rows += more.length;
      bytes += Buffer.byteLength(text);
      hash.update(text);
      await file.appendFile(text);
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/**
 * Writes rows into files of about `rows` rows. A file is gone when the one after the next is asked for, so the caller
 * may hold one back. No file is yielded for no rows.
 */
export async function* stagePortions(
  source: AsyncIterable<Rows>,
  staging: Staging,
  rows: number,
): AsyncGenerator<Portion, void, void> {
  const iterator = source[Symbol.asyncIterator]();
  const earlier: string[] = [];
  try {
    for (;;) {
      const portion = await stagePortion(iterator, staging.nextFile(), rows);
      if (portion === undefined) return;
      yield portion;
      earlier.push(portion.file);
      if (earlier.length > 2) await rm(earlier.shift() as string, { force: true });
    }
  } finally {
    await iterator.return?.();
  }
}

async function stagePortion(source: AsyncIterator<Rows>, path: string, rows: number): Promise<Portion | undefined> {
  await using file = await createStagedFile(path);
  let bytes = 0;
  while (file.rows < rows) {
    const { value, done } = await source.next();
    if (done) break;
    await file.write(value.rows);
    bytes += value.bytes;
  }
  return file.rows === 0 ? undefined : { file: path, rows: file.rows, bytes };
}
