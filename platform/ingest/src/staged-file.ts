import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { type BrokenRows, type Staging, stagedLine } from "./staged-rows.ts";

/** Rows as they come from a source, fields in the columns' order. */
export interface Rows {
  readonly rows: readonly (readonly (string | null)[])[];
  /** Those that came with bytes that are no UTF-8. */
  readonly broken?: readonly (readonly (string | null)[])[];
  /** What they took at the source. */
  readonly bytes: number;
}

/** A finished file of rows that become durable together. */
export interface Portion {
  readonly file: string;
  readonly rows: number;
  readonly broken: BrokenRows | undefined;
  readonly bytes: number;
}

/** A file of staged rows while it is being written. */
export interface StagedFile extends AsyncDisposable {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly hash: Hash;
  readonly broken: BrokenRows | undefined;
  write(rows: Pick<Rows, "rows" | "broken">): Promise<void>;
}

/** Of a row whose source was read with U+FFFD in place of bytes that are no UTF-8. */
export function isBroken(row: readonly (string | null)[]): boolean {
  return row.some((field) => field?.includes("\uFFFD"));
}

export async function createStagedFile(path: string): Promise<StagedFile> {
  const file: FileHandle = await open(path, "wx", 0o600);
  const hash = createHash("sha256");
  let rows = 0;
  let bytes = 0;
  let broken: BrokenRows | undefined;
  const writeTo = async (target: FileHandle, lines: Rows["rows"]) => {
    const text = lines.map(stagedLine).join("");
    bytes += Buffer.byteLength(text);
    hash.update(text);
    await target.appendFile(text);
  };
  return {
    path,
    hash,
    get broken() {
      return broken;
    },
    get bytes() {
      return bytes;
    },
    get rows() {
      return rows;
    },
    async write(more) {
      rows += more.rows.length;
      await writeTo(file, more.rows);
      if (more.broken === undefined || more.broken.length === 0) return;
      broken = { files: [`${path}.broken`], rows: (broken?.rows ?? 0) + more.broken.length };
      await using aside = await open(`${path}.broken`, "a", 0o600);
      await writeTo(aside, more.broken);
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
    await file.write(value);
    bytes += value.bytes;
  }
  const { rows: written, broken } = file;
  return written === 0 && broken === undefined ? undefined : { file: path, rows: written, broken, bytes };
}
