import path from "node:path";
import { Worker } from "node:worker_threads";
import { gatewayError } from "../../errors.ts";
import { firstReaderRole } from "./catalog-ddl.ts";
import type { CatalogAnswer, CatalogOrder } from "./catalog-order.ts";
import type { CatalogThreadData } from "./catalog-thread.ts";

/** Longest time for the thread to be ready, milliseconds: it makes a whole database, on a busy machine in minutes. */
const startMs = 10 * 60_000;

/** The thread that holds a catalog. One order at a time. */
export class CatalogWorker {
  readonly #thread: Worker;
  #hasEnded = false;

  private constructor(thread: Worker) {
    this.#thread = thread;
    // Also when nobody asks it: an error that nobody hears would end the process.
    thread.on("error", () => undefined);
    thread.once("exit", () => {
      this.#hasEnded = true;
    });
  }

  /** @throws MeshError `gateway/sql-catalog-failed` */
  static async begin(ddl: string): Promise<CatalogWorker> {
    const workerData: CatalogThreadData = { ddl, firstRole: firstReaderRole };
    const file = new URL(`./catalog-thread${path.extname(import.meta.url)}`, import.meta.url);
    const thread = new Worker(file, { workerData, stdout: true, stderr: true });
    thread.unref();
    const worker = new CatalogWorker(thread);
    const late = setTimeout(() => void worker.end(), startMs);
    try {
      await worker.#answerTo(() => undefined);
      return worker;
    } finally {
      clearTimeout(late);
    }
  }

  /** @throws MeshError `gateway/sql-catalog-failed` when the thread ends meanwhile; then it can be asked no more */
  ask(order: CatalogOrder): Promise<CatalogAnswer> {
    return this.#answerTo(() => this.#thread.postMessage(order));
  }

  async end(): Promise<void> {
    await this.#thread.terminate();
  }

  /** The next thing that the thread says. */
  async #answerTo(post: () => void): Promise<CatalogAnswer> {
    const thread = this.#thread;
    const { promise, resolve, reject } = Promise.withResolvers<CatalogAnswer>();
    const ended = () => reject(gatewayError["sql-catalog-failed"]({ reason: "its thread has ended" }));
    if (this.#hasEnded) ended();
    thread.once("message", resolve);
    thread.once("error", ended);
    thread.once("exit", ended);
    thread.ref();
    post();
    try {
      return await promise;
    } catch (failure) {
      void thread.terminate();
      throw failure;
    } finally {
      thread.off("message", resolve);
      thread.off("error", ended);
      thread.off("exit", ended);
      thread.unref();
    }
  }
}
