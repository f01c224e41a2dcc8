import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type EventSink, UndeliveredEvent } from "./event-sink.ts";

/** How long a write by another process may be seen half done, ms. */
const writingMs = 100;

/**
 * Adds one line an event to a file (NDJSON). Several processes may do so at once: their lines do not mix.
 * @param file absolute
 */
export function fileSink(file: string): EventSink {
  return {
    name: file,
    async deliver(event) {
      try {
        await mkdir(path.dirname(file), { recursive: true });
        // Each time: the last who wrote may have been somebody else.
        const start = (await isCutOff(file)) ? "\n" : "";
        await addLine(file, `${start}${event}\n`);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new UndeliveredEvent(reason, { worthRetrying: true, cause });
      }
    },
  };
}

/** In one write: the system does not put anything between its bytes, which it may do between two writes. */
async function addLine(file: string, line: string): Promise<void> {
  await using out = await open(file, "a");
  const bytes = Buffer.from(line);
  const { bytesWritten } = await out.write(bytes);
  if (bytesWritten < bytes.length) throw new Error(`${bytesWritten} of ${bytes.length} bytes could be written`);
}

/** Whether the last line has no end, as when the disk was full or a process died in the middle of it. */
async function isCutOff(file: string): Promise<boolean> {
  const seen = await sizeWhenCutOff(file);
  if (seen === undefined) return false;
  await wait(writingMs);
  return (await sizeWhenCutOff(file)) === seen;
}

async function sizeWhenCutOff(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size === 0) return undefined;
  await using handle = await open(file, "r");
  return (await lastByte(handle, found.size)) === newLine ? undefined : found.size;
}

const newLine = 0x0a;

async function lastByte(handle: FileHandle, size: number): Promise<number | undefined> {
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0];
}
