import { ingestError } from "../errors.ts";

/** What all requests under way may hold in memory together. */
export class MemoryBudget {
  readonly #limit: number;
  #held = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes. */
  get held(): number {
    return this.#held;
  }

  /** The part of one request, nothing yet. */
  open(): Holding {
    let own = 0;
    const change = (bytes: number) => {
      own += bytes;
      this.#held += bytes;
    };
    const hasRoomFor = (bytes: number) => this.#held + bytes <= this.#limit;
    return {
      hasRoomFor,
      take: (bytes) => {
        if (!hasRoomFor(bytes)) throw ingestError["collector-overloaded"]({});
        change(bytes);
      },
      giveBack: (bytes) => change(-Math.min(bytes, own)),
      [Symbol.dispose]: () => change(-own),
    };
  }
}

/** What one request holds; disposing gives all of it back. */
export interface Holding extends Disposable {
  hasRoomFor(bytes: number): boolean;
  /** @throws MeshError `ingest/collector-overloaded`; nothing has been taken then */
  take(bytes: number): void;
  giveBack(bytes: number): void;
}
