import type { DuckDBConnection } from "@duckdb/node-api";
import { warehouseError } from "./errors.ts";

interface Waiter {
  readonly start: (connection: DuckDBConnection) => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * A fixed number of connections and one queue in front of them, first come first served. Each statement in flight holds
 * a thread of Node's small pool, which files and DNS need too; hence few connections and a bounded queue.
 */
export class ConnectionPool {
  readonly #idle: DuckDBConnection[];
  readonly #maxWaiting: number;
  readonly #waiting: Waiter[] = [];
  readonly #running = new Set<Promise<unknown>>();

  constructor(connections: readonly DuckDBConnection[], maxWaiting: number) {
    this.#idle = [...connections];
    this.#maxWaiting = maxWaiting;
  }

  /** How many tasks wait for a connection. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Runs a task on the next free connection.
   * @throws MeshError `warehouse/too-many-queries`; the signal's reason when it aborts while the task still waits
   */
  async use<T>(task: (connection: DuckDBConnection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const connection = this.#idle.pop() ?? (await this.#wait(signal));
    const running = task(connection);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(connection);
      else next.start(connection);
    }
  }

  /** Resolves when every task that runs now has ended; tasks that begin later do not count. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Refuses whatever waits and resolves when nothing runs any more. */
  async drain(reason: unknown): Promise<void> {
    for (const waiter of this.#waiting.splice(0)) waiter.refuse(reason);
    await this.settled();
  }

  #wait(signal: AbortSignal | undefined): Promise<DuckDBConnection> {
    if (this.#waiting.length >= this.#maxWaiting) {
      throw warehouseError["too-many-queries"]({ waiting: this.#waiting.length });
    }
    const { promise, resolve, reject } = Promise.withResolvers<DuckDBConnection>();
    const waiter: Waiter = { start: resolve, refuse: reject };
    const leave = () => {
      const place = this.#waiting.indexOf(waiter);
      if (place < 0) return;
      this.#waiting.splice(place, 1);
      reject(signal?.reason);
    };
    this.#waiting.push(waiter);
    signal?.addEventListener("abort", leave, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", leave));
  }
}
