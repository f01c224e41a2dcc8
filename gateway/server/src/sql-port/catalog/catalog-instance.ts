import { gatewayError } from "../../errors.ts";
import type { CatalogAnswer, CatalogOrder } from "./catalog-order.ts";
import { CatalogWorker } from "./catalog-worker.ts";
import { ReaderTurns } from "./reader-turns.ts";

export interface AskOptions {
  /** Readers have their turns one after the other, however much each of them asks. */
  readonly reader: string;
  /** Longest time at work and waiting for others, milliseconds; while others wait, half of it at work. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Asked extends AskOptions {
  readonly order: CatalogOrder;
  readonly answer: PromiseWithResolvers<CatalogAnswer>;
  /** When it was asked. Instants are of the instance's own time, in which nothing passes while its thread begins. */
  readonly since: number;
}

interface Running {
  readonly asked: Asked;
  readonly since: number;
}

/** One catalog and the thread that holds it. A thread that does not answer is ended, and begun anew when asked again. */
export class CatalogInstance {
  readonly #ddl: string;
  readonly #onSlow: (reader: string) => void;
  readonly #turns = new ReaderTurns<Asked>();
  #worker: Promise<CatalogWorker> | undefined;
  #isBusy = false;
  #isClosed = false;
  #running: Running | undefined;
  /** How long the thread has taken to begin, altogether, and since when it is at that now; milliseconds. */
  #begunInMs = 0;
  #beginsSince: number | undefined;

  /** @param onSlow told of whose statement was ended because it took too long */
  constructor(ddl: string, onSlow: (reader: string) => void) {
    this.#ddl = ddl;
    this.#onSlow = onSlow;
  }

  get isIdle(): boolean {
    return !this.#isBusy && this.#turns.isEmpty;
  }

  /** @throws MeshError `gateway/sql-catalog-slow`, `gateway/sql-catalog-failed`; the signal's reason */
  async ask(order: CatalogOrder, options: AskOptions): Promise<CatalogAnswer> {
    const { signal, deadlineMs } = options;
    signal?.throwIfAborted();
    const answer = Promise.withResolvers<CatalogAnswer>();
    const asked: Asked = { ...options, order, answer, since: this.#time() };
    // What runs already cannot be stopped but by ending the thread: it goes on until its time is over.
    const abort = () => {
      this.#turns.remove(asked);
      answer.reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    using _late = this.#within(deadlineMs, asked.since, () => this.#expire(asked));
    this.#turns.add(asked);
    if (this.#running !== undefined) this.#hurry(this.#running);
    void this.#goOn();
    try {
      return await answer.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = await this.#worker?.catch(() => undefined);
    this.#worker = undefined;
    await worker?.end();
  }

  async #goOn(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let asked = this.#turns.take(); asked !== undefined; asked = this.#turns.take()) {
      await this.#run(asked).then(asked.answer.resolve, asked.answer.reject);
    }
    this.#isBusy = false;
  }

  async #run(asked: Asked): Promise<CatalogAnswer> {
    const worker = await this.#ready();
    const running = { asked, since: this.#time() };
    // A busy process may be late with its timers.
    if (running.since - asked.since >= asked.deadlineMs) throw slow(asked.deadlineMs);
    this.#running = running;
    using _late = this.#within(asked.deadlineMs, asked.since, () => this.#stop(running));
    using _half = this.#within(asked.deadlineMs / 2, running.since, () => this.#hurry(running));
    try {
      return await worker.ask(asked.order);
    } catch (failure) {
      this.#worker = undefined;
      throw failure;
    } finally {
      this.#running = undefined;
    }
  }

  async #ready(): Promise<CatalogWorker> {
    if (this.#isClosed) throw gatewayError["sql-catalog-failed"]({ reason: "it has been closed" });
    this.#worker ??= this.#begin().catch((failure: unknown) => {
      this.#worker = undefined;
      throw failure;
    });
    return this.#worker;
  }

  async #begin(): Promise<CatalogWorker> {
    this.#beginsSince = performance.now();
    try {
      return await CatalogWorker.begin(this.#ddl);
    } finally {
      this.#begunInMs += performance.now() - this.#beginsSince;
      this.#beginsSince = undefined;
    }
  }

  #expire(asked: Asked): void {
    if (this.#turns.remove(asked)) asked.answer.reject(slow(asked.deadlineMs));
  }

  /** Others do not wait for longer than half of what one may take. */
  #hurry(running: Running): void {
    const { reader, deadlineMs } = running.asked;
    if (this.#turns.hasOther(reader) && this.#time() - running.since >= deadlineMs / 2) this.#stop(running);
  }

  #stop(running: Running): void {
    if (this.#running !== running) return;
    this.#running = undefined;
    const { reader, answer, deadlineMs } = running.asked;
    const workedMs = this.#time() - running.since;
    answer.reject(slow(workedMs));
    // Whoever has only waited is not to blame.
    if (workedMs >= deadlineMs / 2) {
      this.#onSlow(reader);
      for (const waiting of this.#turns.drop(reader)) waiting.answer.reject(slow(workedMs));
    }
    void this.#worker?.then((worker) => worker.end());
  }

  /** Milliseconds that have passed, but for those in which the thread began. */
  #time(): number {
    return (this.#beginsSince ?? performance.now()) - this.#begunInMs;
  }

  /** Does something once the time is over, unless it is disposed before. */
  #within(ms: number, since: number, end: () => void): Disposable {
    let timer: NodeJS.Timeout;
    const look = () => {
      const leftMs = since + ms - this.#time();
      if (leftMs <= 0) end();
      // While the thread begins nothing passes, and it is looked again.
      else timer = setTimeout(look, Math.max(leftMs, 10));
    };
    look();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }
}

function slow(ms: number) {
  return gatewayError["sql-catalog-slow"]({ seconds: Math.round(ms / 100) / 10 });
}
