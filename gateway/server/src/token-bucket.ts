import type { Rate } from "@thoth/subgraph/port-policy";

/** A right to use something: it grows by the second up to its burst, and every use takes from it. */
export class TokenBucket {
  readonly #rate: Rate;
  #level: number;
  #at: number;

  /** @param now epoch ms */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#level = rate.burst;
    this.#at = now;
  }

  /**
   * Takes from it, or nothing. What is larger than a whole burst waits until the bucket is full, and leaves it in debt.
   * @returns milliseconds until the same may be taken; 0 when it was taken now
   */
  take(amount: number, now: number): number {
    const { perSecond, burst } = this.#rate;
    this.#fill(now);
    const needed = Math.min(amount, burst);
    if (this.#level < needed) return Math.ceil(((needed - this.#level) / perSecond) * 1_000);
    this.#level -= amount;
    return 0;
  }

  /** One that is full says no more than one that is not there. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#level >= this.#rate.burst;
  }

  /** A clock that was put back gives nothing. */
  #fill(now: number): void {
    const { perSecond, burst } = this.#rate;
    this.#level = Math.min(burst, this.#level + (Math.max(0, now - this.#at) / 1_000) * perSecond);
    this.#at = now;
  }
}
