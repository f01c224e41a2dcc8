import { gatewayError } from "../../errors.ts";
import type { RowBatch } from "../protocol/row-batch.ts";
import type { BoundValues, Query } from "./query.ts";
import { ResultRows, type RowKeeping } from "./result-rows.ts";

/** Takes the rows from one to another of a batch. */
export type RowSink = (batch: RowBatch, from: number, to: number) => Promise<void>;

/** A statement that is being read: its rows come when they are asked for. */
export class Portal {
  readonly query: Query;
  readonly bound: BoundValues;
  readonly #controller = new AbortController();
  #result: ResultRows | undefined;
  #batch: RowBatch | undefined;
  #from = 0;
  /** Whether its reading was written down. */
  isToldOf = false;
  #rows = 0;
  #isDone = false;

  /** @throws MeshError `gateway/sql-parameter-count` */
  constructor(query: Query, bound: BoundValues) {
    const [given, needed] = [bound.values.length, query.parameters.length];
    if (given !== needed) throw gatewayError["sql-parameter-count"]({ given, needed });
    this.query = query;
    this.bound = bound;
  }

  /** How many rows were taken so far. */
  get rows(): number {
    return this.#rows;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  get hasBegun(): boolean {
    return this.#result !== undefined;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /**
   * Hands on at most so many rows. Whether more would have come is known only when none did.
   * @param keeping what its client does not take yet
   * @returns how many
   */
  async fetch(most: number, sink: RowSink, keeping: RowKeeping): Promise<number> {
    let left = most;
    let taken = 0;
    while (left > 0) {
      this.signal.throwIfAborted();
      this.#result ??= new ResultRows(this.query.run(this.bound, this.signal)[Symbol.asyncIterator](), keeping);
      const result = this.#result;
      const batch = this.#batch ?? (await this.#next(result));
      if (batch === undefined) break;
      const to = Math.min(batch.ends.length, this.#from + left);
      await result.during(sink(batch, this.#from, to));
      const count = to - this.#from;
      left -= count;
      taken += count;
      this.#rows += count;
      this.#from = to;
      this.#batch = to === batch.ends.length ? undefined : batch;
    }
    if (!this.#isDone) this.#result?.rest();
    return taken;
  }

  async close(): Promise<void> {
    this.#isDone = true;
    this.#batch = undefined;
    this.#controller.abort(new DOMException("the statement was closed", "AbortError"));
    // Its failure was told of, or nobody waits for it any more.
    await this.#result?.close().catch(() => undefined);
  }

  async #next(result: ResultRows): Promise<RowBatch | undefined> {
    if (this.#isDone) return undefined;
    const batch = await result.next();
    this.#from = 0;
    this.#isDone = batch === undefined;
    return batch;
  }
}
