/** What has happened since a stream last looked. Of each thing the newest is kept, so a slow reader fills nothing. */
export class StreamInbox<Item> {
  readonly #items = new Map<string, Item>();
  readonly #most: number;
  #wake: () => void = () => undefined;

  /** @param most things that are kept; the oldest goes first */
  constructor(most = 1_000) {
    this.#most = most;
  }

  put(key: string, item: Item): void {
    this.#items.delete(key);
    this.#items.set(key, item);
    const [oldest] = this.#items.keys();
    if (this.#items.size > this.#most && oldest !== undefined) this.#items.delete(oldest);
    this.#wake();
  }

  /** Whether something of a kind is there; everything else is let go. */
  some(isMeant: (item: Item) => boolean): boolean {
    for (const [key, item] of this.#items) if (!isMeant(item)) this.#items.delete(key);
    return this.#items.size > 0;
  }

  take(): Item[] {
    const items = [...this.#items.values()];
    this.#items.clear();
    return items;
  }

  /** Resolves when something is there, when time is up, or when the signal aborts. @param ms milliseconds */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#items.size > 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, ms);
    const leave = () => resolve();
    signal.addEventListener("abort", leave, { once: true });
    await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}
