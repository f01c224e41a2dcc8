import type { FileHandle } from "node:fs/promises";
import { mkdir, open, truncate, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "@thoth/kernel/clock";
import { syncFolder } from "@thoth/kernel/replace-file";
import { ingestError } from "../errors.ts";
import { listSegments, readSegment, type Segment, segmentOf } from "./segment-folder.ts";

/** Appends to the segments of one stream. There may be one of them for a folder at a time. */
export interface SegmentWriter extends AsyncDisposable {
  /**
   * Resolves when the lines are on the disk; lines of one call lie behind each other.
   * @param lines of `segmentLine`
   * @throws MeshError `ingest/collector-overloaded`, `ingest/collector-disk-full`, `ingest/collector-disk`: none of them
   *   is kept then
   */
  append(lines: readonly string[]): Promise<void>;
  /** Of what waits for the disk. */
  readonly waitingBytes: number;
  /** Number of the segment that is written to, or was last; 0 when there has been none. */
  readonly newest: number;
}

export interface SegmentWriterOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Size from which a new segment is begun, bytes. */
  readonly segmentBytes?: number;
  /** Age from which a new one is begun, milliseconds: only whole segments are ever removed. */
  readonly segmentMs?: number;
  /** What may wait for the disk, bytes; more is refused. */
  readonly waitingBytes?: number;
}

const defaults = { segmentBytes: 64 * 1024 ** 2, segmentMs: 24 * 3_600_000, waitingBytes: 32 * 1024 ** 2 };

/** Longest time for which nothing is tried after the disk has refused, milliseconds. */
const pauseMs = 1000;

/**
 * What was cut off by a crash is cut away, and a new segment is begun: nothing is ever written behind what a reader may
 * have seen before it was durable.
 * @throws MeshError `ingest/segment-damaged`
 */
export async function openSegmentWriter(options: SegmentWriterOptions): Promise<SegmentWriter> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const last = (await listSegments(options.folder)).at(-1);
  if (last !== undefined) await cutTornTail(last);
  return new GroupCommit({ ...defaults, ...options }, last?.number ?? newNumbers(options.clock()));
}

/** Where the folder was removed by hand, numbers go on above those that a checkpoint may still know. */
function newNumbers(now: number): number {
  return Math.floor(now / 1000);
}

async function cutTornTail(segment: Segment): Promise<void> {
  const reading = readSegment(segment, 0);
  let step = await reading.next();
  while (!step.done) step = await reading.next();
  const end = step.value;
  if (end.kind === "damaged")
    throw ingestError["segment-damaged"]({ file: segment.path, offset: end.bytes }, { at: { file: segment.path } });
  if (end.tornBytes > 0) await truncate(segment.path, end.bytes);
}

interface Waiting {
  readonly bytes: Buffer;
  readonly resolve: () => void;
  readonly reject: (failure: unknown) => void;
}

interface OpenSegment extends Segment {
  readonly file: FileHandle;
  /** Epoch ms. */
  readonly begunAt: number;
  /** Of what is durable, bytes. */
  size: number;
}

class GroupCommit implements SegmentWriter {
  readonly #options: Required<SegmentWriterOptions>;
  #newest: number;
  #segment: OpenSegment | undefined;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #committing: Promise<void> | undefined;
  #refusedUntil = 0;
  #refusal: unknown;

  constructor(options: Required<SegmentWriterOptions>, newest: number) {
    this.#options = options;
    this.#newest = newest;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get newest(): number {
    return this.#newest;
  }

  append(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(lines.join(""));
    if (bytes.length === 0) return Promise.resolve();
    if (this.#options.clock() < this.#refusedUntil) return Promise.reject(this.#refusal);
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes.length > this.#options.waitingBytes)
      return Promise.reject(ingestError["collector-overloaded"]({}));
    this.#waitingBytes += bytes.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject });
      this.#committing ??= this.#commitAll();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#committing;
    await this.#segment?.file.close();
    this.#segment = undefined;
  }

  /** Whoever comes while a group is on its way to the disk is in the next one. */
  async #commitAll(): Promise<void> {
    // Those who come in the same turn of the event loop share the first group.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#commit(group);
    }
    this.#committing = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const bytes = Buffer.concat(group.map((waiting) => waiting.bytes));
    try {
      await this.#write(bytes);
      for (const { resolve } of group) resolve();
    } catch (cause) {
      const failure = explainDisk(cause);
      this.#refusal = failure;
      this.#refusedUntil = this.#options.clock() + pauseMs;
      await this.#giveUpSegment();
      for (const { reject } of group) reject(failure);
    } finally {
      this.#waitingBytes -= bytes.length;
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#segment !== undefined && this.#isFull(this.#segment)) await this.#closeSegment();
    this.#segment ??= await this.#beginSegment();
    await this.#segment.file.appendFile(bytes);
    await this.#segment.file.datasync();
    this.#segment.size += bytes.length;
  }

  #isFull({ size, begunAt }: OpenSegment): boolean {
    const { segmentBytes, segmentMs, clock } = this.#options;
    return size >= segmentBytes || clock() - begunAt >= segmentMs;
  }

  async #beginSegment(): Promise<OpenSegment> {
    const segment = segmentOf(this.#options.folder, ++this.#newest);
    const file = await open(segment.path, "ax", 0o600);
    try {
      await syncFolder(dirname(segment.path));
    } catch (failure) {
      await file.close();
      throw failure;
    }
    return { ...segment, file, size: 0, begunAt: this.#options.clock() };
  }

  async #closeSegment(): Promise<void> {
    const segment = this.#segment;
    this.#segment = undefined;
    await segment?.file.close();
  }

  /**
   * What the disk did not take in full is no longer to be relied on: the next group begins a new segment. An empty one is
   * removed only when a newer one shows that its number was used.
   */
  async #giveUpSegment(): Promise<void> {
    const segment = this.#segment;
    if (segment === undefined) return;
    this.#segment = undefined;
    // The rest of a record that nobody was told is kept: harmless where it stays, so a failure here changes nothing.
    await segment.file.truncate(segment.size).catch(() => undefined);
    await segment.file.close().catch(() => undefined);
    const older = segment.number - 1;
    if (segment.size === 0 && older > 0) await removeEmpty(segmentOf(this.#options.folder, older));
  }
}

async function removeEmpty({ path }: Segment): Promise<void> {
  try {
    await using file = await open(path, "r");
    if ((await file.stat()).size === 0) await unlink(path);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== "ENOENT") return;
  }
}

function explainDisk(cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG")
    return ingestError["collector-disk-full"]({}, { cause });
  return ingestError["collector-disk"]({ reason: code ?? message }, { cause });
}
