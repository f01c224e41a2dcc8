import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { warehouseError } from "@thoth/warehouse/errors";
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

  /** Throws what the file system throws. @throws MeshError `warehouse/disk-full` */
  async add(batch: RowBatch): Promise<void> {
    const { length } = batch.bytes;
    if (this.#parts.length === 0 && this.#batchBytes + length <= memoryBytes) {
      this.#batches.push(batch);
      this.#batchBytes += length;
      return;
    }
    try {
      this.#file ??= await openNameless(this.#folder);
      await writeAll(this.#file, batch.bytes, this.#fileBytes);
    } catch (failure) {
      throw inOurWords(failure);
    }
    this.#parts.push({ at: this.#fileBytes, length });
    this.#fileBytes += length;
  }

  /**
   * Throws what the file system throws, and as often as it is asked: the rows behind are not given as if none were missing.
   * @returns undefined when there are none
   */
  async take(): Promise<RowBatch | undefined> {
    const batch = this.#batches.shift();
    if (batch !== undefined) {
      this.#batchBytes -= batch.bytes.length;
      return batch;
    }
    const [part] = this.#parts;
    if (part === undefined || this.#file === undefined) return undefined;
    const bytes = await readAll(this.#file, part);
    const ends = endsOf(bytes);
    this.#parts.shift();
    if (this.#parts.length === 0) this.#fileBytes = 0;
    return { bytes, ends };
  }

  async close(): Promise<void> {
    this.#batches = [];
    this.#parts = [];
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** A disk that is nearly full takes a part, and says so the next time. */
async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, at + written);
    if (bytesWritten === 0) throw new Error(`of ${bytes.length} bytes of rows ${written} could be kept`);
    written += bytesWritten;
  }
}

/** No space, no share of it left, and a file that may not become longer. */
const fullCodes: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

function inOurWords(failure: unknown): unknown {
  const { code, message } = failure as NodeJS.ErrnoException;
  return fullCodes.has(code) ? warehouseError["disk-full"]({ reason: message }, { cause: failure }) : failure;
}

async function readAll(file: FileHandle, { at, length }: Part): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let read = 0; read < length; ) {
    const { bytesRead } = await file.read(bytes, read, length - read, at + read);
    if (bytesRead === 0) throw new Error(`of ${length} bytes of rows that were kept ${read} are left`);
    read += bytesRead;
  }
  return bytes;
}

/** Each row is a message that says how long it is. */
function endsOf(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + headBytes <= bytes.length ? bytes.readInt32BE(at + 1) : 0;
    at += 1 + length;
    if (1 + length < headBytes || at > bytes.length) throw new Error("rows that were kept are not as they were");
    ends.push(at);
  }
  return ends;
}

/** What a message is, one byte, and its length, which counts itself. */
const headBytes = 5;

async function openNameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `sql-rows-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  return file;
}
