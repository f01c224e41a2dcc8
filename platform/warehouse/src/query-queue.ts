/** Work that waits for a connection. */
export interface QueuedWork {
  /** How long it will probably hold a connection, milliseconds. */
  readonly expectedMs: number;
  /** Milliseconds on the pool's clock. */
  readonly arrivedAt: number;
}

/** Work that takes longer than this, milliseconds, is heavy: it may not hold all connections at once. */
export const heavyMs = 100;

/**
 * Work in the order in which it should be served: by when it would end had it begun on arrival. Short work passes long
 * work, and long work is passed only for as long as it takes itself, so that nothing waits for ever.
 */
export class QueryQueue<Work extends QueuedWork> {
  readonly #waiting: Work[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** How long what waits will keep one connection busy, milliseconds. */
  get expectedMs(): number {
    return this.#waiting.reduce((sum, work) => sum + work.expectedMs, 0);
  }

  add(work: Work): void {
    const place = this.#waiting.findLastIndex((other) => dueAt(other) <= dueAt(work));
    this.#waiting.splice(place + 1, 0, work);
  }

  /**
   * Takes out what comes next; undefined when nothing does.
   * @param heavy whether heavy work may begin now
   * @param busy how much is done already for those whose work it is: who has least is next; Infinity: not now
   */
  next(heavy: boolean, busy: (work: Work) => number = () => 0): Work | undefined {
    let least = Number.POSITIVE_INFINITY;
    let place = -1;
    for (const [index, work] of this.#waiting.entries()) {
      const much = heavy || !isHeavy(work) ? busy(work) : Number.POSITIVE_INFINITY;
      if (much >= least) continue;
      [least, place] = [much, index];
    }
    return place < 0 ? undefined : this.#waiting.splice(place, 1)[0];
  }

  /** @returns false when it waits no more */
  remove(work: Work): boolean {
    const place = this.#waiting.indexOf(work);
    if (place < 0) return false;
    this.#waiting.splice(place, 1);
    return true;
  }

  takeAll(): Work[] {
    return this.#waiting.splice(0);
  }
}

export function isHeavy({ expectedMs }: Pick<QueuedWork, "expectedMs">): boolean {
  return expectedMs > heavyMs;
}

function dueAt({ arrivedAt, expectedMs }: QueuedWork): number {
  return arrivedAt + expectedMs;
}
