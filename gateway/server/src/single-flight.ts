interface Flight<Value> {
  readonly value: Promise<Value>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Work that several want at the same time is done once. It goes on for as long as one of them still waits, and is aborted
 * when the last one has left.
 */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Flight<Value>>();

  /** @throws the signal's reason once it aborts, and what the work throws */
  async run(
    key: string,
    work: (signal: AbortSignal) => Promise<Value>,
    signal: AbortSignal | undefined,
  ): Promise<Value> {
    signal?.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#begin(key, work);
    flight.waiting += 1;
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal?.reason);
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([flight.value, left]);
    } finally {
      signal?.removeEventListener("abort", leave);
      flight.waiting -= 1;
      // It is still in flight: what goes on would be for nobody, and who comes now begins anew.
      if (flight.waiting === 0 && this.#forget(key, flight)) flight.controller.abort(signal?.reason);
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<Value>): Flight<Value> {
    const controller = new AbortController();
    const flight: Flight<Value> = { value: work(controller.signal), controller, waiting: 0 };
    this.#flights.set(key, flight);
    const forget = () => void this.#forget(key, flight);
    flight.value.then(forget, forget);
    return flight;
  }

  /** @returns false when it has ended */
  #forget(key: string, flight: Flight<Value>): boolean {
    return this.#flights.get(key) === flight && this.#flights.delete(key);
  }
}
