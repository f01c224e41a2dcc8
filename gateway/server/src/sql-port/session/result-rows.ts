import { gatewayError } from "../../errors.ts";
import type { RowBatch } from "../protocol/row-batch.ts";
import { RowSpool } from "./row-spool.ts";
import type { WaitingResults } from "./waiting-results.ts";

export interface RowKeeping {
  readonly waiting: WaitingResults;
  /** For whom rows are kept. */
  readonly reader: string;
}

/** Of a batch that need not be counted. */
const smallBytes = 2 ** 20;

/**
 * The rows of one result. While its client takes nothing they are read on and kept, so that the engine is done with the
 * statement whatever the client does.
 */
export class ResultRows {
  readonly #source: AsyncIterator<RowBatch>;
  readonly #keeping: RowKeeping;
  readonly #spool: RowSpool;
  #patienceMs: number;
  #isRead = false;
  #failure: unknown;
  #keptBytes = 0;
  #largeBytes = 0;
  #holding: Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ahead: Promise<void> | undefined;
  #isWanted = false;

  constructor(source: AsyncIterator<RowBatch>, keeping: RowKeeping) {
    this.#source = source;
    this.#keeping = keeping;
    this.#spool = new RowSpool(keeping.waiting.folder);
    this.#patienceMs = keeping.waiting.limits.patienceMs;
  }

  /**
   * Throws what the statement throws.
   * @throws MeshError `gateway/sql-rest-too-large` when the rest could not be kept until now
   */
  async next(): Promise<RowBatch | undefined> {
    clearTimeout(this.#timer);
    this.#isWanted = true;
    await this.#ahead;
    this.#countLarge(0);
    const batch = (await this.#spool.take()) ?? (await this.#read());
    if (batch !== undefined && batch.bytes.length > smallBytes) this.#countLarge(batch.bytes.length);
    return batch;
  }

  /** Reads on when what is waited for takes too long. */
  async during<T>(wait: Promise<T>): Promise<T> {
    const begun = performance.now();
    this.rest();
    try {
      return await wait;
    } finally {
      clearTimeout(this.#timer);
      this.#patienceMs -= performance.now() - begun;
    }
  }

  /** Reads on until the next row is asked for, unless that is soon. */
  rest(): void {
    clearTimeout(this.#timer);
    if (this.#isRead || this.#ahead !== undefined) return;
    this.#isWanted = false;
    this.#timer = setTimeout(() => this.#readOn(), Math.max(0, this.#patienceMs));
  }

  /** What is left is not read. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isWanted = true;
    await this.#ahead;
    await this.#end();
    await this.#spool.close();
    this.#countLarge(0);
    this.#giveBack();
  }

  async #read(): Promise<RowBatch | undefined> {
    this.#giveBack();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isRead) return undefined;
    const { done, value } = await this.#source.next();
    if (done !== true) return value;
    this.#isRead = true;
    return undefined;
  }

  /** What its client is sent now counts too, when it is much. */
  #countLarge(bytes: number): void {
    const { waiting, reader } = this.#keeping;
    if (this.#largeBytes > 0) waiting.give(reader, this.#largeBytes);
    this.#largeBytes = 0;
    if (bytes === 0) return;
    if (!waiting.take(reader, bytes)) throw gatewayError["sql-rest-too-large"](undefined);
    this.#largeBytes = bytes;
  }

  #readOn(): void {
    this.#ahead = this.#readAhead()
      .catch(async (failure: unknown) => {
        this.#failure = failure;
        await this.#end();
      })
      .finally(() => {
        this.#ahead = undefined;
      });
  }

  async #readAhead(): Promise<void> {
    while (!this.#isWanted && this.#holding === undefined) {
      const { done, value } = await this.#source.next();
      if (done === true) {
        this.#isRead = true;
        return;
      }
      await this.#keep(value);
    }
  }

  /** What is read already is kept in any case: there is no way to put it back. */
  async #keep(batch: RowBatch): Promise<void> {
    const { waiting, reader } = this.#keeping;
    const { length } = batch.bytes;
    const isTaken = this.#keptBytes + length <= waiting.limits.resultBytes && waiting.take(reader, length);
    if (isTaken) this.#keptBytes += length;
    else {
      this.#holding = waiting.hold(reader);
      if (this.#holding === undefined) throw gatewayError["sql-rest-too-large"](undefined);
    }
    await this.#spool.add(batch);
  }

  async #end(): Promise<void> {
    this.#isRead = true;
    this.#holding?.[Symbol.dispose]();
    this.#holding = undefined;
    // Its failure was told of, or nobody waits for it any more.
    await this.#source.return?.().catch(() => undefined);
  }

  #giveBack(): void {
    this.#holding?.[Symbol.dispose]();
    this.#holding = undefined;
    if (this.#keptBytes > 0) this.#keeping.waiting.give(this.#keeping.reader, this.#keptBytes);
    this.#keptBytes = 0;
  }
}
