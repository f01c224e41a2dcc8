import type { Clock } from "@thoth/kernel/clock";
import type { ConsumerRates } from "@thoth/subgraph/port-policy";
import { gatewayError } from "./errors.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What one consumer takes. */
export interface Taken {
  readonly requests?: number;
  readonly values?: number;
}

type Buckets = Readonly<Record<keyof ConsumerRates, TokenBucket>>;

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
    const waitMs = requests === 0 ? 0 : buckets.requests.take(requests, now);
    if (waitMs > 0) return { what: "operations", waitMs };
    const valuesWaitMs = values === 0 ? 0 : buckets.values.take(values, now);
    return valuesWaitMs > 0 ? { what: "values", waitMs: valuesWaitMs } : undefined;
  }

  #bucketsOf(consumer: string, rates: ConsumerRates, now: number): Buckets {
    const known = this.#consumers.get(consumer);
    const buckets = known ?? {
      requests: new TokenBucket(rates.requests, now),
      values: new TokenBucket(rates.values, now),
    };
    if (known === undefined) this.#makeRoom(now);
    else this.#consumers.delete(consumer);
    this.#consumers.set(consumer, buckets);
    return buckets;
  }

  #makeRoom(now: number): void {
    if (this.#consumers.size < this.#most) return;
    for (const [consumer, { requests, values }] of this.#consumers)
      if (requests.isFull(now) && values.isFull(now)) this.#consumers.delete(consumer);
    for (const consumer of this.#consumers.keys()) {
      if (this.#consumers.size < this.#most) return;
      this.#consumers.delete(consumer);
    }
  }
}
