import type { Clock } from "@thoth/kernel/clock";
import { drawTokens, isFullBucket, type TokenBucket } from "@thoth/kernel/token-bucket";
import type { ConsumerRates } from "@thoth/subgraph/port-policy";
import { gatewayError } from "./errors.ts";

/** What one consumer takes. */
export interface Taken {
  readonly requests?: number;
  readonly values?: number;
}

type What = keyof ConsumerRates;
type Buckets = Partial<Record<What, TokenBucket>>;

/** Consumers that are kept apart; whoever was not seen for longest is forgotten first. */
const mostConsumers = 20_000;

/** How much each consumer has asked lately, in this process. */
export class RateLimits {
  readonly #rates: ConsumerRates | null;
  readonly #clock: Clock;
  readonly #most: number;
  readonly #consumers = new Map<string, Buckets>();

  constructor(rates: ConsumerRates | null, clock: Clock, most = mostConsumers) {
    this.#rates = rates;
    this.#clock = clock;
    this.#most = most;
  }

  /** @throws MeshError `gateway/rate-exceeded`; nothing has been taken then */
  take(consumer: string, taken: Taken): void {
    const refused = this.#refusal(consumer, taken);
    if (refused !== undefined) throw gatewayError["rate-exceeded"](refused);
  }

  /** @returns false when it was too much; nothing has been taken then */
  mayTake(consumer: string, taken: Taken): boolean {
    return this.#refusal(consumer, taken) === undefined;
  }

  get size(): number {
    return this.#consumers.size;
  }

  #refusal(consumer: string, { requests = 0, values = 0 }: Taken) {
    if (this.#rates === null) return undefined;
    const now = this.#clock();
    const buckets = this.#bucketsOf(consumer, this.#rates, now);
    const waitMs = draw(buckets, "requests", { count: requests, rates: this.#rates, now });
    if (waitMs > 0) return { what: "operations", waitMs };
    const valuesWaitMs = draw(buckets, "values", { count: values, rates: this.#rates, now });
    return valuesWaitMs > 0 ? { what: "values", waitMs: valuesWaitMs } : undefined;
  }

  #bucketsOf(consumer: string, rates: ConsumerRates, now: number): Buckets {
    const buckets = this.#consumers.get(consumer);
    if (buckets === undefined) this.#makeRoom(rates, now);
    else this.#consumers.delete(consumer);
    const kept = buckets ?? {};
    this.#consumers.set(consumer, kept);
    return kept;
  }

  #makeRoom(rates: ConsumerRates, now: number): void {
    if (this.#consumers.size < this.#most) return;
    for (const [consumer, buckets] of this.#consumers)
      if (whats.every((what) => isFullBucket(buckets[what], { rate: rates[what], now })))
        this.#consumers.delete(consumer);
    for (const consumer of this.#consumers.keys()) {
      if (this.#consumers.size < this.#most) return;
      this.#consumers.delete(consumer);
    }
  }
}

const whats: readonly What[] = ["requests", "values"];

/** @returns milliseconds until the same may be taken; 0 when it was taken now */
function draw(
  buckets: Buckets,
  what: What,
  { count, rates, now }: { readonly count: number; readonly rates: ConsumerRates; readonly now: number },
): number {
  if (count === 0) return 0;
  const drawn = drawTokens(buckets[what], count, { rate: rates[what], now });
  buckets[what] = drawn.bucket;
  return drawn.allowed ? 0 : drawn.retryAfterMs;
}
