import { warehouseError } from "./errors.ts";
import { isHeavy, QueryQueue, type QueuedWork } from "./query-queue.ts";

interface Waiter<Connection> extends QueuedWork {
  readonly claims: readonly string[];
  readonly start: (connection: Connection) => void;
  readonly refuse: (reason: unknown) => void;
}

export interface PoolOptions {
  /** How many tasks may wait. */
  readonly maxWaiting: number;
  /** Longest wait that a task is let into, and longest time it then waits, milliseconds. */
  readonly maxWaitMs: number;
  /** Milliseconds on any clock; the process's own unless given. */
  readonly now?: () => number;
}

export interface TaskOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long the task will probably take, milliseconds. */
  readonly expectedMs?: number;
  /**
   * Names under which the task counts, the widest first. No name may hold all connections, and of those that wait the one
   * whose last name holds fewest comes next.
   */
  readonly claims?: readonly string[] | undefined;
}

interface RunningWork {
  readonly expectedMs: number;
  readonly since: number;
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
  readonly #running = new Map<Promise<unknown>, RunningWork>();
  readonly #claimed = new Map<string, number>();
  readonly #now: () => number;
  #heavyRunning = 0;

  constructor(connections: readonly Connection[], options: PoolOptions) {
    this.#idle = [...connections];
    this.#size = connections.length;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** How many tasks wait for a connection. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** How long a task that came now would probably wait, milliseconds. */
  get backlogMs(): number {
    return this.#idle.length > 0 ? 0 : this.#untilFreeMs();
  }

  /**
   * Runs a task on the next free connection.
   * @throws MeshError `warehouse/too-many-queries`; the signal's reason when it aborts while the task still waits
   */
  async use<T>(
    task: (connection: Connection) => Promise<T>,
    { signal, expectedMs = 1, claims = [] }: TaskOptions = {},
  ): Promise<T> {
    signal?.throwIfAborted();
    const heavy = isHeavy({ expectedMs });
    const connection = this.#take(heavy, claims) ?? (await this.#wait({ expectedMs, claims }, signal));
    const running = task(connection);
    this.#running.set(running, { expectedMs, since: this.#now() });
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      if (heavy) this.#heavyRunning -= 1;
      for (const claim of claims) this.#claim(claim, -1);
      this.#idle.push(connection);
      this.#startNext();
    }
  }

  /** Resolves when every task that runs now has ended; tasks that begin later do not count. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running.keys());
  }

  /** Refuses whatever waits and resolves when nothing runs any more. */
  async drain(reason: unknown): Promise<void> {
    for (const waiter of this.#queue.takeAll()) waiter.refuse(reason);
    await this.settled();
  }

  #take(heavy: boolean, claims: readonly string[]): Connection | undefined {
    const mayBegin = (!heavy || this.#mayBeginHeavy()) && Number.isFinite(this.#busy({ claims }));
    const connection = mayBegin ? this.#idle.pop() : undefined;
    if (connection === undefined) return undefined;
    if (heavy) this.#heavyRunning += 1;
    for (const claim of claims) this.#claim(claim, 1);
    return connection;
  }

  #untilFreeMs(): number {
    const now = this.#now();
    const left = [...this.#running.values()].map((work) => leftMs(work, now));
    return untilDone(this.#queue.expectedMs, left);
  }

  /** How many connections are held under the last name; Infinity when one of the names may hold no more. */
  #busy({ claims }: Pick<Waiter<Connection>, "claims">): number {
    const held = claims.map((claim) => this.#claimed.get(claim) ?? 0);
    return held.some((count) => count >= Math.max(1, this.#size - 1)) ? Number.POSITIVE_INFINITY : (held.at(-1) ?? 0);
  }

  #claim(claim: string, more: 1 | -1): void {
    const count = (this.#claimed.get(claim) ?? 0) + more;
    if (count === 0) this.#claimed.delete(claim);
    else this.#claimed.set(claim, count);
  }

  /** With one connection there is nothing to keep back. */
  #mayBeginHeavy(): boolean {
    return this.#heavyRunning < Math.max(1, this.#size - 1);
  }

  #startNext(): void {
    while (this.#idle.length > 0) {
      const next = this.#queue.next(this.#mayBeginHeavy(), (waiter) => this.#busy(waiter));
      const connection = next && this.#take(isHeavy(next), next.claims);
      if (next === undefined || connection === undefined) return;
      next.start(connection);
    }
  }

  #wait(
    { expectedMs, claims }: Pick<Waiter<Connection>, "expectedMs" | "claims">,
    signal: AbortSignal | undefined,
  ): Promise<Connection> {
    const { maxWaiting, maxWaitMs } = this.#options;
    const tooMany = () => {
      const [running, waitMs] = [this.#running.size, this.#untilFreeMs()];
      return warehouseError["too-many-queries"]({ waiting: this.waiting, running, waitMs });
    };
    if (this.waiting >= maxWaiting || this.backlogMs > maxWaitMs) throw tooMany();
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const waiter = { expectedMs, claims, arrivedAt: this.#now(), start: resolve, refuse: reject };
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

/** What takes longer than expected will probably take as long again as it has taken so far. */
function leftMs({ expectedMs, since }: RunningWork, now: number): number {
  const sofar = now - since;
  return expectedMs > sofar ? expectedMs - sofar : sofar;
}

/** When connections that are free after so long will have done the work that waits, together. */
function untilDone(workMs: number, freeAfterMs: readonly number[]): number {
  const sorted = freeAfterMs.toSorted((left, right) => left - right);
  let sum = workMs;
  for (const [index, free] of sorted.entries()) {
    sum += free;
    const doneMs = sum / (index + 1);
    const next = sorted[index + 1];
    if (next === undefined || doneMs <= next) return doneMs;
  }
  return 0;
}
