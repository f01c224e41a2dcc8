import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@thoth/kernel/clock";
import { makeFolder, syncFolder } from "@thoth/kernel/replace-file";
import { headName, listChains, newWriter, segmentName } from "./audit-files.ts";
import { type AuditKey, firstPrevious, sealRecord } from "./audit-record.ts";
import { chainEnd } from "./chain-end.ts";
import { registerChain } from "./chain-register.ts";
import { writeNote } from "./signed-note.ts";

/** How far a chain goes, signed and kept beside it: a chain that ends before it was cut. */
export interface ChainHead {
  readonly chain: string;
  /** Of its last record; 0 while there is none. */
  readonly sequence: number;
  /** Number of the segment which that lies in. */
  readonly segment: number;
}

export interface ChainOptions {
  readonly folder: string;
  readonly key: AuditKey;
  readonly clock: Clock;
  /** Told why the head cannot be written, and undefined when it can; records are on disk all the same. */
  readonly onHeadTrouble: (failure: unknown) => void;
  /** Size from which a new segment is begun, bytes. */
  readonly segmentBytes?: number;
}

const defaultSegmentBytes = 16 * 1024 * 1024;
/** Chains before it that a chain names: to remove one unseen, all that name it must go too. */
const namedBefore = 16;

interface OpenSegment {
  readonly number: number;
  readonly file: FileHandle;
  readonly day: string;
  /** Of what is on disk for good, bytes. */
  size: number;
}

/**
 * The chain that one process writes. Segments are only ever appended to, and begun anew every day, so that old ones can be
 * removed whole. One call at a time.
 */
export class AuditChain {
  readonly #options: ChainOptions;
  readonly #writer: string;
  #last = { sequence: 0, mac: firstPrevious };
  #segment: OpenSegment | undefined;
  #number = 0;
  /** An opening that failed is tried again. */
  #isRegistered = false;
  /** Whether something may lie behind the records of the open segment that was never acknowledged. */
  #dirty = false;

  constructor(options: ChainOptions) {
    this.#options = options;
    this.#writer = newWriter(options.clock());
  }

  /** Resolves when the records are on disk. When it rejects, none of them is in the chain. */
  async append(contents: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    const opening = this.#last.sequence === 0 ? [await this.#open()] : [];
    const segment = await this.#segmentNow();
    let last = this.#last;
    const lines = [...opening, ...contents].map((content) => {
      const sequence = last.sequence + 1;
      const link = { writer: this.#writer, sequence, previous: last.mac };
      const { line, mac } = sealRecord(content, link, this.#options.key);
      last = { sequence, mac };
      return `${line}\n`;
    });
    await this.#write(segment, Buffer.from(lines.join("")));
    this.#last = last;
    await this.#writeHead();
  }

  /** Says in the chain that it ends here. A chain without records leaves nothing. */
  async close(): Promise<void> {
    if (this.#last.sequence > 0) {
      await this.append([{ at: this.#now(), event: "closed" }]);
      await rm(this.#headFile(), { force: true });
    }
    await this.#segment?.file.close();
    this.#segment = undefined;
  }

  /**
   * Says which chains there were, and how far each went, so that one that is cut later is found to be too short. The head
   * comes first: a chain that has neither a head nor an end was cut. Then the register, so that a chain that is
   * gone is missed from its first record on.
   */
  async #open(): Promise<Readonly<Record<string, unknown>>> {
    const { folder, key } = this.#options;
    await makeFolder(folder, 0o700);
    const others = (await listChains(folder)).filter(({ writer }) => writer !== this.#writer).slice(-namedBefore);
    const follows = others.map(({ writer }) => writer);
    const ends = Object.fromEntries(
      await Promise.all(others.map(async (chain) => [chain.writer, await chainEnd(folder, chain, key)])),
    );
    // For good: what the register names and cannot be found is missed.
    await writeNote(this.#headFile(), this.#head(), key);
    if (!this.#isRegistered) await registerChain(folder, this.#writer, key);
    this.#isRegistered = true;
    return { at: this.#now(), event: "opened", key: key.id, registered: true, follows, ends };
  }

  async #segmentNow(): Promise<OpenSegment> {
    const { segmentBytes = defaultSegmentBytes } = this.#options;
    const day = this.#now().slice(0, 10);
    const current = this.#segment;
    if (current !== undefined && this.#dirty) await this.#cleanUp(current);
    if (current !== undefined && current.day === day && current.size < segmentBytes) return current;
    const number = this.#number + 1;
    const file = await beginSegment(this.#options.folder, segmentName(this.#writer, number));
    await current?.file.close();
    this.#number = number;
    this.#segment = { number, file, day, size: 0 };
    return this.#segment;
  }

  async #write(segment: OpenSegment, bytes: Buffer): Promise<void> {
    try {
      await segment.file.appendFile(bytes);
      await segment.file.datasync();
      segment.size += bytes.length;
    } catch (failure) {
      this.#dirty = true;
      await this.#cleanUp(segment).catch(() => undefined);
      throw failure;
    }
  }

  async #cleanUp(segment: OpenSegment): Promise<void> {
    await segment.file.truncate(segment.size);
    this.#dirty = false;
  }

  async #writeHead(): Promise<void> {
    try {
      await this.#note();
      this.#options.onHeadTrouble(undefined);
    } catch (failure) {
      this.#options.onHeadTrouble(failure);
    }
  }

  #head(): ChainHead {
    return { chain: this.#writer, sequence: this.#last.sequence, segment: this.#number };
  }

  #note(): Promise<void> {
    // One that is older tells of fewer records than there are, and never of more.
    return writeNote(this.#headFile(), this.#head(), this.#options.key, { isNameDurable: false });
  }

  #headFile(): string {
    return join(this.#options.folder, headName(this.#writer));
  }

  #now(): string {
    return new Date(this.#options.clock()).toISOString();
  }
}

async function beginSegment(folder: string, name: string): Promise<FileHandle> {
  const file = await open(join(folder, name), "a", 0o600);
  try {
    await syncFolder(folder);
    return file;
  } catch (failure) {
    await file.close();
    throw failure;
  }
}
