import type { AbortScope } from "@thoth/kernel/abort-scope";
import { countedBytes } from "@thoth/warehouse/counted-memory";
import { warehouseError } from "@thoth/warehouse/errors";

const everyMs = 20;

/** What the process holds, bytes. */
export interface MemoryUse {
  /** Outside of what JavaScript holds. */
  readonly native: () => number;
  /** Of that, what engines count against limits of their own. */
  readonly counted: () => Promise<number>;
}

/** A statement while it runs. */
export interface Watched extends Disposable {
  /** From now on the engine does nothing for it. */
  rest(): void;
  /** The engine goes on with it. */
  work(): void;
}

interface Running {
  readonly scope: AbortScope;
  /** What the process has grown by for it, as far as that can be told, bytes. */
  grownBytes: number;
  isResting: boolean;
}

/**
 * Stops a statement that makes the process grow by too much. The engine counts sorted, joined and grouped rows against its
 * own limit, but not lists and texts while it makes them. So growth is what neither JavaScript nor any engine accounts for,
 * and it is put down to the statements that the engine works on at that moment.
 */
export class MemoryWatch {
  readonly #mostBytes: number;
  readonly #use: MemoryUse;
  readonly #running = new Set<Running>();
  #timer: NodeJS.Timeout | undefined;
  #nativeBytes = 0;
  #countedBytes: number | undefined;
  #isJudging = false;

  constructor(mostBytes: number, use: MemoryUse = { native: nativeBytes, counted: countedBytes }) {
    this.#mostBytes = mostBytes;
    this.#use = use;
  }

  /** Until it is disposed the scope is aborted, with MeshError `warehouse/out-of-memory`, when it has grown by too much. */
  guard(scope: AbortScope): Watched {
    const running: Running = { scope, grownBytes: 0, isResting: false };
    if (this.#running.size === 0) this.#begin();
    this.#running.add(running);
    return {
      rest: () => {
        running.isResting = true;
      },
      work: () => {
        running.isResting = false;
      },
      [Symbol.dispose]: () => {
        this.#running.delete(running);
        if (this.#running.size === 0) clearInterval(this.#timer);
      },
    };
  }

  #begin(): void {
    this.#nativeBytes = this.#use.native();
    this.#countedBytes = undefined;
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  #look(): void {
    const bytes = this.#use.native();
    this.#share(bytes - this.#nativeBytes);
    this.#nativeBytes = bytes;
    if (this.#isTooMuch) void this.#judge();
  }

  get #isTooMuch(): boolean {
    return this.#largest !== undefined && this.#largest.grownBytes > this.#mostBytes;
  }

  /** Of those that run, and have not been stopped yet. */
  get #largest(): Running | undefined {
    const running = [...this.#running].filter(({ scope, isResting }) => !isResting && !scope.signal.aborted);
    return running.toSorted((left, right) => right.grownBytes - left.grownBytes)[0];
  }

  /** What has come is shared by those that run; what has gone is taken off by how much each has. */
  #share(moreBytes: number): void {
    const working = [...this.#running].filter(({ isResting }) => !isResting);
    const grownBytes = working.reduce((sum, running) => sum + running.grownBytes, 0);
    for (const running of working) {
      const part = moreBytes > 0 ? 1 / working.length : running.grownBytes / Math.max(1, grownBytes);
      running.grownBytes = Math.max(0, running.grownBytes + moreBytes * part);
    }
  }

  /** What engines account for is taken off first, since their own limits are there for that. */
  async #judge(): Promise<void> {
    if (this.#isJudging) return;
    this.#isJudging = true;
    try {
      const counted = await this.#use.counted();
      this.#share(-Math.max(0, counted - (this.#countedBytes ?? 0)));
      this.#countedBytes = counted;
      if (!this.#isTooMuch) return;
      const reason = `the statement needed more than ${Math.round(this.#mostBytes / 2 ** 20)} MiB`;
      this.#largest?.scope.abort(warehouseError["out-of-memory"]({ reason }));
    } finally {
      this.#isJudging = false;
    }
  }
}

function nativeBytes(): number {
  const { rss, heapTotal, external } = process.memoryUsage();
  return rss - heapTotal - external;
}
