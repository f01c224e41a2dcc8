import { hash } from "node:crypto";

/**
 * The names of the events that came last, so that one that is sent again is known. It holds at least `capacity / 2` of
 * them and never more than `capacity`: when one half is full, the older half is forgotten.
 */
export class RecentKeys {
  readonly #half: number;
  #newer = new Set<string>();
  #older = new Set<string>();

  /** @param capacity about 100 bytes of memory each */
  constructor(capacity: number) {
    this.#half = Math.ceil(capacity / 2);
  }

  has(key: string): boolean {
    return this.#newer.has(key) || this.#older.has(key);
  }

  add(key: string): void {
    this.#newer.add(key);
    if (this.#newer.size < this.#half) return;
    this.#older = this.#newer;
    this.#newer = new Set();
  }

  get size(): number {
    return this.#newer.size + this.#older.size;
  }
}

/** The name of an event, by its source and its id within it. 128 bits: two of a billion share them with a chance below 10^-20. */
export function recentKey(source: string, id: string): string {
  return hash("sha256", `${source.length}:${source}${id}`, "base64").slice(0, 22);
}
