import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { ingestError } from "./errors.ts";
import type { SourceFile } from "./file-set.ts";

/** An open log: what happens to its name meanwhile does not matter. */
export interface LogFile extends AsyncDisposable {
  /** As it was when it was opened. */
  readonly file: SourceFile;
  /** Of the text; another size than that of a file that is compressed. */
  readonly contentBytes: number;
  bytes(from: number, length: number): Promise<Buffer>;
  /**
   * Copies whole lines into a file, from an offset on and at most so many bytes. A last line without its end waits, unless
   * the file will not grow: it is packed, or nobody has written to it for a day. One that ends within a character waits.
   * @returns the offset behind them
   */
  copyLines(target: string, from: number, mostBytes: number): Promise<number>;
}

export interface LogOpening {
  /** Where the text of a compressed file goes. */
  readonly unpacked: () => string;
  /** Epoch ms. */
  readonly now: number;
}

export async function openLog(file: SourceFile, { unpacked, now }: LogOpening): Promise<LogFile> {
  const unpack = unpackers.find(({ ending }) => file.name.endsWith(ending));
  if (unpack === undefined) return openText(file, file.path, (modifiedAt) => !isAtRest(modifiedAt, now));
  await using removing = new AsyncDisposableStack();
  const path = unpacked();
  removing.defer(() => rm(path, { force: true }));
  await pipeline(createReadStream(file.path), unpack.by(), createWriteStream(path, { mode: 0o600 })).catch(
    (failure) => {
      throw (failure as NodeJS.ErrnoException).code === "ENOENT" ? vanished(file) : unreadable(file, failure);
    },
  );
  const text = await openText({ ...file, path }, path, () => false);
  removing.use(text);
  const resources = removing.move();
  return { ...text, file, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

const unpackers = [
  { ending: ".gz", by: () => createGunzip() },
  { ending: ".zst", by: () => createZstdDecompress() },
] as const;

/** Whoever writes a log writes a line at once, or within a day. */
const restMs = 86_400_000;

/** Whether a file that was last written to then is not written to any more. */
function isAtRest(modifiedAt: number, now: number): boolean {
  return now - modifiedAt >= restMs;
}

/** Whether the last line of a log that was read up to an offset has no end, and will have none. */
export function endsWithHalfLine({ name, sizeBytes, modifiedAt }: SourceFile, offset: number, now: number): boolean {
  const isPacked = unpackers.some(({ ending }) => name.endsWith(ending));
  return !isPacked && offset < sizeBytes && isAtRest(modifiedAt, now);
}

async function openText(
  file: SourceFile,
  path: string,
  mayGrowFrom: (modifiedAt: number) => boolean,
): Promise<LogFile> {
  const handle = await open(path).catch((failure: NodeJS.ErrnoException) => {
    throw failure.code === "ENOENT" ? vanished(file) : failure;
  });
  const { size, mtimeMs } = await handle.stat();
  const mayGrow = mayGrowFrom(mtimeMs);
  const bytes = async (from: number, length: number) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  };
  return {
    file: { ...file, sizeBytes: size, modifiedAt: Math.floor(mtimeMs) },
    contentBytes: size,
    bytes,
    async copyLines(target, from, mostBytes) {
      const limit = Math.min(size, from + mostBytes);
      // What has no end within the limit is too long a line, and refused as such.
      const ended = (await lastLineEnd(bytes, from, limit)) ?? (limit < size ? limit : from);
      const isWhole = limit === size && !mayGrow && !breaksOff(await bytes(Math.max(ended, size - 4), 4));
      const until = isWhole ? size : ended;
      if (until === from) return from;
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const range = handle.createReadStream({ start: from, end: until - 1, autoClose: false });
      const copy = createWriteStream(target, { mode: 0o600 });
      await pipeline(range, copy);
      if (copy.bytesWritten < until - from) throw vanished(file);
      return until;
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** Whether a text ends within a character, as where the disk was full. No line could be made of that. */
function breaksOff(end: Buffer): boolean {
  const decoder = new StringDecoder("utf8");
  decoder.write(end);
  return decoder.end() !== "";
}

const searchedBytes = 64 * 1024;

/** @returns undefined when no line ends there */
async function lastLineEnd(bytes: LogFile["bytes"], from: number, until: number): Promise<number | undefined> {
  for (let end = until; end > from; end -= searchedBytes) {
    const start = Math.max(from, end - searchedBytes);
    const found = (await bytes(start, end - start)).lastIndexOf(0x0a);
    if (found >= 0) return start + found + 1;
  }
  return undefined;
}

function vanished(file: SourceFile): Error {
  return ingestError["file-vanished"](undefined, { at: { file: file.path } });
}

function unreadable(file: SourceFile, cause: unknown): Error {
  return ingestError["malformed-file"]({ detail: "it cannot be unpacked" }, { at: { file: file.path }, cause });
}
