import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RowBatch } from "../protocol/row-batch.ts";

/** What is kept in memory before a file is begun, bytes. */
const memoryBytes = 256 * 1024;

interface Part {
  readonly at: number;
  readonly length: number;
}

/**
 * Rows in the order in which they came, until they are taken: the first few in memory, more in a file that has no name any
 * more, so that nothing stays behind whatever happens.
 */
export class RowSpool {
  readonly #folder: string;
  #batches: RowBatch[] = [];
  #batchBytes = 0;
  #parts: Part[] = [];
  #file: FileHandle | undefined;
  #fileBytes = 0;

  /** @param folder absent: that of the system */
  constructor(folder: string = tmpdir()) {
    this.#folder = folder;
  }

  /** Throws what the file system throws. */
  async add(batch: RowBatch): Promise<void> {
    const { length } = batch.bytes;
    if (this.#parts.length === 0 && this.#batchBytes + length <= memoryBytes) {
      this.#batches.push(batch);
      this.#batchBytes += length;
      return;
    }
    this.#file ??= await openNameless(this.#folder);
    await this.#file.write(batch.bytes, 0, length, this.#fileBytes);
    this.#parts.push({ at: this.#fileBytes, length });
    this.#fileBytes += length;
  }

  /** @returns undefined when there are none */
  async take(): Promise<RowBatch | undefined> {
    const batch = this.#batches.shift();
    if (batch !== undefined) {
      this.#batchBytes -= batch.bytes.length;
      return batch;
    }
    const part = this.#parts.shift();
    if (part === undefined || this.#file === undefined) return undefined;
    const bytes = Buffer.allocUnsafe(part.length);
    await this.#file.read(bytes, 0, part.length, part.at);
    if (this.#parts.length === 0) this.#fileBytes = 0;
    return { bytes, ends: endsOf(bytes) };
  }

  async close(): Promise<void> {
    this.#batches = [];
    this.#parts = [];
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** Each row is a message that says how long it is. */
function endsOf(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    at += 1 + bytes.readInt32BE(at + 1);
    ends.push(at);
  }
  return ends;
}

async function openNameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `sql-rows-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  return file;
}
