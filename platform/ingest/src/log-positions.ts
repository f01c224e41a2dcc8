import type { Checkpoint } from "./connector.ts";
import type { SourceFile } from "./file-set.ts";
import { endsWithHalfLine, type LogFile } from "./log-file.ts";
import { type LogMarks, type LogPosition, leastCopiedBytes } from "./log-position.ts";

/** From where on a log is read. */
export interface LogStart {
  readonly offset: number;
  /** What landed from a file of this name is read again with it. */
  readonly again?: boolean;
}

/** So many logs are known that have no file any more; an older one that comes back is read as a new one. */
const mostMoved = 256;

/** How far each log has been read: by the name of its file, and those that have lost theirs. */
export class LogPositions {
  readonly #marks: LogMarks;
  readonly #files: Map<string, LogPosition>;
  #moved: LogPosition[];

  constructor(checkpoint: Checkpoint | undefined, marks: LogMarks) {
    const { files = {}, moved = [], key } = (checkpoint ?? {}) as LogCheckpoint;
    const readable = (position: LogPosition) => (key === marks.id ? position : unmarked(position));
    this.#marks = marks;
    this.#files = new Map(Object.entries(files).map(([name, position]) => [name, readable(position)]));
    this.#moved = moved.map(readable);
  }

  get checkpoint(): Checkpoint {
    const moved = this.#moved.slice(-mostMoved);
    return { files: Object.fromEntries(this.#files), key: this.#marks.id, ...(moved.length > 0 && { moved }) };
  }

  /** Nothing has happened to it since it was looked at, and its last line does not wait any more. */
  isAsBefore(file: SourceFile, now: number): boolean {
    const known = this.#files.get(file.name);
    if (known?.offset === undefined || endsWithHalfLine(file, known.offset, now)) return false;
    return known.sizeBytes === file.sizeBytes && known.modifiedAt === file.modifiedAt;
  }

  /** What was read under these names has moved to others, or is gone. */
  leave(names: readonly string[]): void {
    for (const name of names) {
      const position = this.#files.get(name);
      if (position !== undefined) this.#moved.push(position);
      this.#files.delete(name);
    }
  }

  get names(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Whether the file of a name still is the log that it was: the same, or grown. */
  async isSame(log: LogFile): Promise<boolean> {
    const known = this.#files.get(log.file.name);
    return known === undefined || (await this.#goesOn(log, known)) || (await hasGrown(log, known));
  }

  /** Once `leave` was told of every file that is another one by now. */
  async startOf(log: LogFile): Promise<LogStart> {
    const own = this.#files.get(log.file.name);
    if (own !== undefined && own.offset !== 0) {
      if (await this.#goesOn(log, own)) return { offset: own.offset ?? log.contentBytes };
      if (await hasGrown(log, own)) return { offset: 0, again: true };
      this.leave([log.file.name]);
    }
    const moved = await this.#furthest(log, this.#moved);
    if (moved !== undefined) {
      this.#moved = this.#moved.filter((position) => position !== moved);
      return { offset: moved.offset ?? log.contentBytes };
    }
    const copied = [...this.#files.values()].filter(({ offset = 0 }) => offset >= leastCopiedBytes);
    return { offset: (await this.#furthest(log, copied))?.offset ?? 0 };
  }

  /** @param toItsEnd all its whole lines are before the offset: it is looked at again when something has happened to it */
  async note(log: LogFile, offset: number, { toItsEnd }: { readonly toItsEnd: boolean }): Promise<void> {
    const { name, sizeBytes, modifiedAt } = log.file;
    const mark = await this.#marks.of(log, offset);
    this.#files.set(name, { sizeBytes: toItsEnd ? sizeBytes : 0, modifiedAt, offset, mark });
  }

  async #goesOn(log: LogFile, position: LogPosition): Promise<boolean> {
    return (await this.#marks.fits(log, position)) || (await endsLineAt(log, position));
  }

  async #furthest(log: LogFile, positions: readonly LogPosition[]): Promise<LogPosition | undefined> {
    for (const position of positions.toSorted((one, other) => (other.offset ?? 0) - (one.offset ?? 0)))
      if (await this.#marks.fits(log, position)) return position;
    return undefined;
  }
}

interface LogCheckpoint {
  readonly files?: Readonly<Record<string, LogPosition>>;
  readonly moved?: readonly LogPosition[];
  /** Of the marks. */
  readonly key?: string;
}

/** Made with a key that is gone. What has landed stays: its file may be gone, too. */
function unmarked({ mark: _, ...position }: LogPosition): LogPosition {
  return position;
}

/** All that can be told of a mark that cannot be read. */
async function endsLineAt(log: LogFile, { offset, mark }: LogPosition): Promise<boolean> {
  if (offset === undefined || offset === 0 || mark !== undefined || offset > log.contentBytes) return false;
  return (await log.bytes(offset - 1, 1))[0] === 0x0a;
}

/** Of a file that has no mark yet: it is longer, and a line ended where it ended before. */
async function hasGrown(log: LogFile, { offset, sizeBytes }: LogPosition): Promise<boolean> {
  if (offset !== undefined) return offset === 0;
  if (sizeBytes === 0) return true;
  const isPlain = log.file.sizeBytes === log.contentBytes;
  return isPlain && log.contentBytes > sizeBytes && (await log.bytes(sizeBytes - 1, 1))[0] === 0x0a;
}
