export interface WaitingLimits {
  /** What is kept of one result, of all of one reader, and of all readers, bytes. */
  readonly resultBytes: number;
  readonly readerBytes: number;
  readonly allBytes: number;
  /** How many results whose rest is larger than that may hold a connection of the engine while they wait. */
  readonly holding: number;
  /** How long a client may let the engine wait for it in all before the rest is read ahead, milliseconds. */
  readonly patienceMs: number;
}

/** What is kept for clients that do not take it yet, so that none of them has the engine wait. */
export class WaitingResults {
  readonly limits: WaitingLimits;
  /** Where it is kept; absent: in the system's own folder. */
  readonly folder: string | undefined;
  readonly #kept = new Map<string, number>();
  #allBytes = 0;
  readonly #holding = new Set<string>();

  constructor(limits: WaitingLimits, folder?: string) {
    this.limits = limits;
    this.folder = folder;
  }

  /** @returns false when it would be too much */
  take(reader: string, bytes: number): boolean {
    const { readerBytes, allBytes } = this.limits;
    const kept = (this.#kept.get(reader) ?? 0) + bytes;
    if (kept > readerBytes || this.#allBytes + bytes > allBytes) return false;
    this.#kept.set(reader, kept);
    this.#allBytes += bytes;
    return true;
  }

  give(reader: string, bytes: number): void {
    const left = (this.#kept.get(reader) ?? 0) - bytes;
    if (left > 0) this.#kept.set(reader, left);
    else this.#kept.delete(reader);
    this.#allBytes -= bytes;
  }

  /** Lets a result keep its connection. @returns undefined when its reader has one already, or too many have */
  hold(reader: string): Disposable | undefined {
    if (this.#holding.has(reader) || this.#holding.size >= this.limits.holding) return undefined;
    this.#holding.add(reader);
    return { [Symbol.dispose]: () => void this.#holding.delete(reader) };
  }
}
