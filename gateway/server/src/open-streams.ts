import { gatewayError } from "./errors.ts";
import { slowDown, toGraphQLError } from "./graphql-error.ts";
import type { ServerLimits } from "./server-settings.ts";

/** Answers that go on, counted by who has them open. */
export class OpenStreams {
  readonly #limits: Pick<ServerLimits, "streams" | "allStreams">;
  readonly #byConsumer = new Map<string, number>();
  #all = 0;

  constructor(limits: Pick<ServerLimits, "streams" | "allStreams">) {
    this.#limits = limits;
  }

  /**
   * @param signal of the request: nobody reads, and so ends, the stream of a client that left before its answer
   * @throws GraphQLError `gateway/too-many-streams` with status 429
   */
  open(consumer: string, signal: AbortSignal): Disposable {
    const open = this.#byConsumer.get(consumer) ?? 0;
    const { streams, allStreams } = this.#limits;
    if (open >= streams || this.#all >= allStreams)
      throw toGraphQLError(gatewayError["too-many-streams"]({ open, limit: streams }), slowDown(retryMs));
    this.#count(consumer, 1);
    let isOpen = true;
    const close = () => {
      if (isOpen) this.#count(consumer, -1);
      isOpen = false;
      signal.removeEventListener("abort", close);
    };
    if (signal.aborted) close();
    else signal.addEventListener("abort", close, { once: true });
    return { [Symbol.dispose]: close };
  }

  get size(): number {
    return this.#all;
  }

  #count(consumer: string, change: 1 | -1): void {
    const open = (this.#byConsumer.get(consumer) ?? 0) + change;
    if (open > 0) this.#byConsumer.set(consumer, open);
    else this.#byConsumer.delete(consumer);
    this.#all += change;
  }
}

/** Nobody knows when a stream ends. */
const retryMs = 10_000;
