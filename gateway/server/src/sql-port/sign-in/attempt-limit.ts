/** How many attempts to sign in may fail from one address, and how long that counts, milliseconds. */
export interface AttemptLimits {
  readonly failures: number;
  readonly windowMs: number;
}

/** Addresses that are remembered at most: the oldest are forgotten first. */
const mostAddresses = 10_000;

/** Counts failed attempts to sign in by address, each until its window has passed. */
export class AttemptLimit {
  readonly #limits: AttemptLimits;
  readonly #failures = new Map<string, number[]>();

  constructor(limits: AttemptLimits) {
    this.#limits = limits;
  }

  /** How long the address has to wait until it may try again, milliseconds; 0 when it may now. */
  waitMs(address: string, now: number): number {
    const recent = this.#recent(address, now);
    const oldest = recent[recent.length - this.#limits.failures];
    return oldest === undefined ? 0 : oldest + this.#limits.windowMs - now;
  }

  failed(address: string, now: number): void {
    const recent = [...this.#recent(address, now), now].slice(-this.#limits.failures);
    this.#failures.delete(address);
    this.#failures.set(address, recent);
    const [first] = this.#failures.keys();
    if (this.#failures.size > mostAddresses && first !== undefined) this.#failures.delete(first);
  }

  #recent(address: string, now: number): number[] {
    return (this.#failures.get(address) ?? []).filter((at) => at > now - this.#limits.windowMs);
  }
}
