import type { AbortScope } from "@thoth/kernel/abort-scope";
import { warehouseError } from "@thoth/warehouse/errors";

const everyMs = 20;

/**
 * Stops what runs when the process has grown by too much meanwhile. The engine counts sorted, joined and grouped rows
 * against its own limit, but not lists and texts while it makes them.
 */
export class MemoryWatch {
  readonly #mostBytes: number;
  readonly #readBytes: () => number;
  readonly #running = new Set<AbortScope>();
  #timer: NodeJS.Timeout | undefined;
  #before = 0;

  /** @param readBytes how large the process is now */
  constructor(mostBytes: number, readBytes: () => number = process.memoryUsage.rss) {
    this.#mostBytes = mostBytes;
    this.#readBytes = readBytes;
  }

  /** Until it is disposed the scope is aborted, with MeshError `warehouse/out-of-memory`, when there is too little left. */
  guard(scope: AbortScope): Disposable {
    if (this.#running.size === 0) {
      this.#before = this.#readBytes();
      this.#timer = setInterval(() => this.#look(), everyMs).unref();
    }
    this.#running.add(scope);
    return {
      [Symbol.dispose]: () => {
        this.#running.delete(scope);
        if (this.#running.size === 0) clearInterval(this.#timer);
      },
    };
  }

  #look(): void {
    const bytes = this.#readBytes();
    this.#before = Math.min(this.#before, bytes);
    if (bytes - this.#before <= this.#mostBytes) return;
    const reason = `the statements that run together needed more than ${Math.round(this.#mostBytes / 2 ** 20)} MiB`;
    for (const scope of this.#running) scope.abort(warehouseError["out-of-memory"]({ reason }));
  }
}
