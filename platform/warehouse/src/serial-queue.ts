/** Runs tasks one after another in the order they came; a task that fails does not stop the next. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#last.then(task, task);
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Resolves when everything that was queued before has ended. */
  idle(): Promise<void> {
    return this.run(async () => undefined);
  }
}
