import { gatewayError } from "../../errors.ts";

/** Longest pause, and how long nothing has to be slow for it to be forgotten, milliseconds. */
const longestMs = 5 * 60_000;
const forgetMs = 10 * 60_000;

interface Slow {
  readonly times: number;
  /** End of the pause, epoch ms. */
  readonly until: number;
}

/** Readers whose statements took too long: they pause, each time twice as long as before. */
export class SlowReaders {
  readonly #shortestMs: number;
  readonly #slow = new Map<string, Slow>();

  constructor(shortestMs: number) {
    this.#shortestMs = shortestMs;
  }

  note(reader: string, now: number): void {
    for (const [name, { until }] of this.#slow) if (now - until >= forgetMs) this.#slow.delete(name);
    const times = this.#slow.get(reader)?.times ?? 0;
    const pauseMs = Math.min(longestMs, this.#shortestMs * 2 ** times);
    this.#slow.set(reader, { times: times + 1, until: now + pauseMs });
  }

  /** @throws MeshError `gateway/sql-catalog-paused` */
  check(reader: string, now: number): void {
    const { until = now } = this.#slow.get(reader) ?? {};
    if (now < until) throw gatewayError["sql-catalog-paused"]({ seconds: Math.ceil((until - now) / 1000) });
  }
}
