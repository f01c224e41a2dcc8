import path from "node:path";
import { Worker } from "node:worker_threads";
import { gatewayError } from "../../errors.ts";
import { firstReaderRole } from "./catalog-ddl.ts";
import type { CatalogAnswer, CatalogOrder } from "./catalog-order.ts";
import type { CatalogThreadData } from "./catalog-thread.ts";

/** Longest time for the thread to be ready, milliseconds: it makes a whole database. */
const startMs = 60_000;

/** One catalog and the thread that holds it. A thread that does not answer is ended, and begun anew when asked again. */
export class CatalogInstance {
  readonly #ddl: string;
  #thread: Promise<Worker> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(ddl: string) {
    this.#ddl = ddl;
  }

  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /**
   * One order behind another.
   * @param deadlineMs longest time at work, milliseconds
   * @throws MeshError `gateway/sql-catalog-slow`, `gateway/sql-catalog-failed`; the signal's reason
   */
  async ask(order: CatalogOrder, deadlineMs: number, signal?: AbortSignal): Promise<CatalogAnswer> {
    this.#waiting += 1;
    const turn = this.#last.then(() => {
      signal?.throwIfAborted();
      return this.#run(order, deadlineMs);
    });
    this.#last = turn
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
      });
    if (signal === undefined) return turn;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([turn, aborted]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async close(): Promise<void> {
    const thread = await this.#thread?.catch(() => undefined);
    this.#thread = undefined;
    await thread?.terminate();
  }

  async #run(order: CatalogOrder, deadlineMs: number): Promise<CatalogAnswer> {
    const thread = await this.#ready();
    const slow = gatewayError["sql-catalog-slow"]({ seconds: deadlineMs / 1000 });
    return this.#answerOf(thread, deadlineMs, slow, () => thread.postMessage(order));
  }

  #ready(): Promise<Worker> {
    this.#thread ??= this.#begin().catch((failure: unknown) => {
      this.#thread = undefined;
      throw failure;
    });
    return this.#thread;
  }

  async #begin(): Promise<Worker> {
    const workerData: CatalogThreadData = { ddl: this.#ddl, firstRole: firstReaderRole };
    const file = new URL(`./catalog-thread${path.extname(import.meta.url)}`, import.meta.url);
    const thread = new Worker(file, { workerData, stdout: true, stderr: true });
    thread.unref();
    const failed = gatewayError["sql-catalog-failed"]({ reason: "it did not begin in time" });
    await this.#answerOf(thread, startMs, failed, () => undefined);
    return thread;
  }

  /** The next thing that the thread says; it is ended when it says nothing in time. */
  async #answerOf(thread: Worker, deadlineMs: number, late: Error, post: () => void): Promise<CatalogAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<CatalogAnswer>();
    const ended = () => reject(gatewayError["sql-catalog-failed"]({ reason: "its thread has ended" }));
    const timer = setTimeout(() => reject(late), deadlineMs);
    thread.once("message", resolve);
    thread.once("error", ended);
    thread.once("exit", ended);
    thread.ref();
    post();
    try {
      return await promise;
    } catch (failure) {
      this.#thread = undefined;
      void thread.terminate();
      throw failure;
    } finally {
      clearTimeout(timer);
      thread.off("message", resolve);
      thread.off("error", ended);
      thread.off("exit", ended);
      thread.unref();
    }
  }
}
