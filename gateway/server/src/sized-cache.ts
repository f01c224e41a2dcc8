interface Entry<Value> {
  readonly value: Value;
  readonly sizeBytes: number;
}

/** Values by key, the most recently used ones, up to a number of bytes. */
export class SizedCache<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #maxBytes: number;
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** What is larger than an eighth of the cache is not kept: it would drive out everything else. */
  set(key: string, value: Value, valueBytes: number): void {
    this.delete(key);
    const sizeBytes = valueBytes + 2 * key.length + entryBytes;
    if (sizeBytes > this.#maxBytes / 8) return;
    this.#entries.set(key, { value, sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#sizeBytes <= this.#maxBytes) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#sizeBytes -= entry.sizeBytes;
  }
}

/** What an entry takes besides its key and its value, about. */
const entryBytes = 400;
