import { createHmac } from "node:crypto";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { LogFile } from "./log-file.ts";

/** How far a log has been read, whatever its file is called by now. */
export interface LogPosition {
  /** As the file was when it was looked at; tells at once that nothing has happened since. */
  readonly sizeBytes: number;
  /** Epoch ms, whole. */
  readonly modifiedAt: number;
  /** Everything before it has landed, bytes. Absent, as `mark` is, where the whole file was loaded as any other file is. */
  readonly offset?: number;
  /** Keyed digest of what stands before the offset, see {@link LogMarks}. */
  readonly mark?: string;
}

/** At each end of what has been read. */
const markedBytes = 1024;

/**
 * What a log is known by: its first bytes and the last ones before an offset. A name is not enough, because rotation gives it
 * to another file.
 */
export class LogMarks {
  readonly #key: string;
  readonly #heads = new WeakMap<LogFile, Map<number, string>>();

  constructor(key: string) {
    this.#key = key;
  }

  /** Tells marks of one key from those of another. */
  get id(): string {
    return createHmac("sha256", this.#key).update("").digest("hex").slice(0, 16);
  }

  async of(log: LogFile, offset: number): Promise<string> {
    const bytes = Math.min(markedBytes, offset);
    return (await this.#head(log, bytes)) + (await this.#digest(log, offset - bytes, bytes));
  }

  /** Whether the log begins with everything that has been read up to that position. */
  async fits(log: LogFile, { offset, mark, ...file }: LogPosition): Promise<boolean> {
    if (offset === undefined) return file.sizeBytes === log.file.sizeBytes && file.modifiedAt === log.file.modifiedAt;
    if (mark === undefined || offset === 0 || offset > log.contentBytes) return false;
    return (
      mark.startsWith(await this.#head(log, Math.min(markedBytes, offset))) && mark === (await this.of(log, offset))
    );
  }

  /** Computed once a log, because most others begin otherwise. */
  async #head(log: LogFile, bytes: number): Promise<string> {
    const known = this.#heads.get(log) ?? new Map<number, string>();
    this.#heads.set(log, known);
    const head = known.get(bytes) ?? (await this.#digest(log, 0, bytes));
    known.set(bytes, head);
    return head;
  }

  async #digest(log: LogFile, from: number, bytes: number): Promise<string> {
    return createHmac("sha256", this.#key)
      .update(await log.bytes(from, bytes))
      .digest("hex")
      .slice(0, 16);
  }
}

/** Logs hold names and addresses, and a digest of few possible lines can be guessed. */
export async function openLogMarks(engine: WriteSide): Promise<LogMarks> {
  const [row] = await engine.query("SELECT pseudonym('marks of logs') AS key");
  return new LogMarks(String(row?.key));
}

/** So long must be what two files have in common that both are there and one counts as a copy of the other. */
export const leastCopiedBytes = markedBytes;
