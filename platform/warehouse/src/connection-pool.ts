import { warehouseError } from "./errors.ts";
import { isHeavy, QueryQueue, type QueuedWork } from "./query-queue.ts";

interface Waiter<Connection> extends QueuedWork {
  readonly start: (connection: Connection) => void;
  readonly refuse: (reason: unknown) => void;
}

export interface PoolOptions {
  /** How many tasks may wait. */
  readonly maxWaiting: number;
  /** Longest wait that a task is let into, and longest time it then waits, milliseconds. */
  readonly maxWaitMs: number;
}

export interface TaskOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long the task will probably take, milliseconds. */
  readonly expectedMs?: number;
}

/**
 * A fixed number of connections and one queue in front of them. Each statement in flight holds a thread of Node's small
 * pool, which files and DNS need too; hence few connections and a bounded queue. One connection is always kept from
 * heavy tasks, and what could not be served in time is refused at once, while refusing is still cheap.
 */
export class ConnectionPool<Connection> {
  readonly #idle: Connection[];
  readonly #size: number;
  readonly #options: PoolOptions;
  readonly #queue = new QueryQueue<Waiter<Connection>>();
  readonly #running = new Set<Promise<unknown>>();
  #heavyRunning = 0;

  constructor(connections: readonly Connection[], options: PoolOptions) {
    this.#idle = [...connections];
    this.#size = connections.length;
    this.#options = options;
  }

  /** How many tasks wait for a connection. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** How long a task that came now would probably wait, milliseconds. */
  get backlogMs(): number {
    return this.#idle.length > 0 ? 0 : this.#queue.expectedMs / this.#size;
  }

  /**
   * Runs a task on the next free connection.
   * @throws MeshError `warehouse/too-many-queries`; the signal's reason when it aborts while the task still waits
   */
  async use<T>(task: (connection: Connection) => Promise<T>, { signal, expectedMs = 1 }: TaskOptions = {}): Promise<T> {
    signal?.throwIfAborted();
    const heavy = isHeavy({ expectedMs });
    const connection = this.#take(heavy) ?? (await this.#wait(expectedMs, signal));
    const running = task(connection);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      if (heavy) this.#heavyRunning -= 1;
      this.#idle.push(connection);
      this.#startNext();
    }
  }

  /** Resolves when every task that runs now has ended; tasks that begin later do not count. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Refuses whatever waits and resolves when nothing runs any more. */
  async drain(reason: unknown): Promise<void> {
    for (const waiter of this.#queue.takeAll()) waiter.refuse(reason);
    await this.settled();
  }

  #take(heavy: boolean): Connection | undefined {
    const connection = heavy && !this.#mayBeginHeavy() ? undefined : this.#idle.pop();
    if (connection !== undefined && heavy) this.#heavyRunning += 1;
    return connection;
  }

  /** With one connection there is nothing to keep back. */
  #mayBeginHeavy(): boolean {
    return this.#heavyRunning < Math.max(1, this.#size - 1);
  }

  #startNext(): void {
    while (this.#idle.length > 0) {
      const next = this.#queue.next(this.#mayBeginHeavy());
      const connection = next && this.#take(isHeavy(next));
      if (next === undefined || connection === undefined) return;
      next.start(connection);
    }
  }

  #wait(expectedMs: number, signal: AbortSignal | undefined): Promise<Connection> {
    const { maxWaiting, maxWaitMs } = this.#options;
    const tooMany = () => warehouseError["too-many-queries"]({ waiting: this.waiting, waitMs: this.backlogMs });
    if (this.waiting >= maxWaiting || this.backlogMs > maxWaitMs) throw tooMany();
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const waiter = { expectedMs, arrivedAt: performance.now(), start: resolve, refuse: reject };
    const leave = (reason: () => unknown) => {
      if (this.#queue.remove(waiter)) reject(reason());
    };
    const onAbort = () => leave(() => signal?.reason);
    const timer = setTimeout(() => leave(tooMany), maxWaitMs);
    this.#queue.add(waiter);
    signal?.addEventListener("abort", onAbort, { once: true });
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    });
  }
}
