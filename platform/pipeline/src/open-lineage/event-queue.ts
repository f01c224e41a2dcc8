import { setTimeout as wait } from "node:timers/promises";
import { type EventSink, UndeliveredEvent } from "./event-sink.ts";

export interface EventQueueOptions {
  /** Events that may wait; what comes on top is dropped. */
  readonly capacity: number;
  /** Before each further try of an event, ms. Behind the last one it is dropped. */
  readonly retryDelaysMs: readonly number[];
  /** How long what still waits at the end is tried for, ms. */
  readonly graceMs: number;
  /** Told, in one sentence, when events do not arrive, and at the end how many were dropped. */
  readonly onTrouble: (message: string) => void;
}

/** Events, each as one JSON document. Called when their turn comes; asked once for all sinks. */
export type MakeEvents = () => Promise<readonly string[]>;

/** Events on their way to one place, in order. Whoever adds one does not wait, however slow the place is. */
export class EventQueue implements AsyncDisposable {
  readonly #sink: EventSink;
  readonly #options: EventQueueOptions;
  readonly #waiting: MakeEvents[] = [];
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;
  #dropped = 0;
  #inTrouble = false;

  constructor(sink: EventSink, options: EventQueueOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /** Events that will never arrive. */
  get dropped(): number {
    return this.#dropped;
  }

  add(make: MakeEvents): void {
    if (this.#stop.signal.aborted || this.#waiting.length >= this.#options.capacity) this.#dropped++;
    else this.#waiting.push(make);
    this.#working ??= this.#work();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const done = new AbortController();
    const grace = wait(this.#options.graceMs, undefined, { signal: done.signal }).catch(() => undefined);
    await Promise.race([this.#working, grace]);
    done.abort();
    this.#stop.abort();
    await this.#working;
    this.#dropped += this.#waiting.splice(0).length;
    if (this.#dropped === 0) return;
    this.#options.onTrouble(`${this.#dropped} OpenLineage events for ${this.#sink.name} were dropped`);
  }

  /** Begins behind whoever adds the first event, and knows at once that it has ended. */
  async #work(): Promise<void> {
    await Promise.resolve();
    for (let make = this.#next(); make !== undefined; make = this.#next()) {
      for (const event of await this.#make(make)) if (!(await this.#deliver(event))) this.#dropped++;
    }
    this.#working = undefined;
  }

  #next(): MakeEvents | undefined {
    return this.#stop.signal.aborted ? undefined : this.#waiting.shift();
  }

  /** What cannot be made is one event that never arrives. */
  async #make(make: MakeEvents): Promise<readonly string[]> {
    try {
      return await make();
    } catch (failure) {
      this.#tell(failure);
      this.#dropped++;
      return [];
    }
  }

  /** @returns whether it arrived; never throws */
  async #deliver(event: string): Promise<boolean> {
    for (const delayMs of [...this.#options.retryDelaysMs, undefined]) {
      try {
        await this.#sink.deliver(event, this.#stop.signal);
        this.#inTrouble = false;
        return true;
      } catch (failure) {
        this.#tell(failure);
        const isWorthIt = failure instanceof UndeliveredEvent && failure.worthRetrying;
        if (!isWorthIt || delayMs === undefined || !(await this.#pause(delayMs))) return false;
      }
    }
    return false;
  }

  /** @returns false when the end came first */
  async #pause(delayMs: number): Promise<boolean> {
    if (this.#stop.signal.aborted) return false;
    return wait(delayMs, true, { signal: this.#stop.signal }).catch(() => false);
  }

  /** Once for each time that it begins. */
  #tell(failure: unknown): void {
    if (this.#inTrouble || this.#stop.signal.aborted) return;
    this.#inTrouble = true;
    const reason = failure instanceof Error ? failure.message : String(failure);
    this.#options.onTrouble(`OpenLineage events do not reach ${this.#sink.name}: ${reason}. Runs go on without them`);
  }
}
