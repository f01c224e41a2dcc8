/** Whole rows as the server wrote them, as CSV that the staged relation reads. */
export interface RowBlock {
  readonly bytes: Buffer;
  readonly rows: number;
  /** Where in `bytes` the last row begins. */
  readonly lastRow: number;
}

export interface BlockLimits {
  /** A block holds no more rows than this. */
  readonly blockRows: number;
}

/** What can be told to stop sending: a socket, or the driver that reads it. */
export interface Pausable {
  pause(): unknown;
  resume(): unknown;
}

const blockBytes = 1024 * 1024;
/** What may wait here unread before the server is made to wait. */
const waitingBytes = 4 * blockBytes;

/** Rows that a driver hands over one by one, collected into blocks. The sender is paused while enough of them wait. */
export class BlockQueue {
  readonly #blockRows: number;
  readonly #ready: RowBlock[] = [];
  #readyBytes = 0;
  #open = { bytes: Buffer.allocUnsafe(blockBytes), length: 0, rows: 0, lastRow: 0 };
  #sender: Pausable | undefined;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor({ blockRows }: BlockLimits) {
    this.#blockRows = blockRows;
  }

  from(sender: Pausable): void {
    this.#sender = sender;
  }

  /** Drivers reuse their buffers, so the row is copied at once. */
  add(row: Buffer): void {
    if (this.#open.length + row.length > this.#open.bytes.length) this.#closeBlock(row.length);
    const open = this.#open;
    open.lastRow = open.length;
    open.length += row.copy(open.bytes, open.length);
    open.rows++;
    if (open.rows >= this.#blockRows) this.#closeBlock(0);
  }

  end(): void {
    this.#closeBlock(0);
    this.#end();
  }

  fail(failure: Error): void {
    this.#failure ??= failure;
    this.#end();
  }

  async *blocks(): AsyncGenerator<RowBlock, void, void> {
    for (let block = await this.#next(); block !== undefined; block = await this.#next()) yield block;
  }

  async #next(): Promise<RowBlock | undefined> {
    while (this.#ready.length === 0 && !this.#ended) {
      this.#sender?.resume();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (this.#failure !== undefined) throw this.#failure;
    const block = this.#ready.shift();
    this.#readyBytes -= block?.bytes.length ?? 0;
    return block;
  }

  #closeBlock(neededBytes: number): void {
    const { bytes, length, rows, lastRow } = this.#open;
    this.#open = { bytes: Buffer.allocUnsafe(Math.max(blockBytes, neededBytes)), length: 0, rows: 0, lastRow: 0 };
    if (rows === 0) return;
    const filled = bytes.subarray(0, length);
    this.#ready.push({ bytes: length < blockBytes / 2 ? Buffer.from(filled) : filled, rows, lastRow });
    this.#readyBytes += length;
    if (this.#readyBytes >= waitingBytes) this.#sender?.pause();
    this.#wake?.();
  }

  #end(): void {
    this.#ended = true;
    // A paused socket would not notice the end of the session.
    this.#sender?.resume();
    this.#wake?.();
  }
}
