import type { Client, Connection, Submittable } from "pg";

/** Whole rows as the server wrote them. */
export interface CopyBlock {
  readonly bytes: Buffer;
  readonly rows: number;
  /** Where in `bytes` the last row begins. */
  readonly lastRow: number;
}

export interface CopyLimits {
  /** A block holds no more rows than this. */
  readonly blockRows: number;
}

const blockBytes = 1024 * 1024;
/** What may wait here unread before the server is made to wait. */
const waitingBytes = 4 * blockBytes;

/**
 * Runs `COPY … TO STDOUT` and yields its rows in blocks. While nobody asks for the next block the socket is paused, so
 * the server waits too. The caller ends the connection when it stops early.
 */
export async function* copyOut(
  client: Client,
  statement: string,
  limits: CopyLimits,
): AsyncGenerator<CopyBlock, void, void> {
  const copy = new CopyOut(statement, limits.blockRows);
  client.query(copy);
  for (let block = await copy.next(); block !== undefined; block = await copy.next()) yield block;
}

/** What the driver calls while the server answers; it hands every row over as soon as it is parsed. */
class CopyOut implements Submittable {
  readonly #statement: string;
  readonly #blockRows: number;
  readonly #ready: CopyBlock[] = [];
  #readyBytes = 0;
  #open = { bytes: Buffer.allocUnsafe(blockBytes), length: 0, rows: 0, lastRow: 0 };
  #connection: Connection | undefined;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(statement: string, blockRows: number) {
    this.#statement = statement;
    this.#blockRows = blockRows;
  }

  async next(): Promise<CopyBlock | undefined> {
    while (this.#ready.length === 0 && !this.#ended) {
      this.#connection?.stream.resume();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (this.#failure !== undefined) throw this.#failure;
    const block = this.#ready.shift();
    this.#readyBytes -= block?.bytes.length ?? 0;
    return block;
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    connection.query(this.#statement);
  }

  /** The server sends one message a row. The driver reuses its buffer, so the row is copied at once. */
  handleCopyData({ chunk }: { chunk: Buffer }): void {
    if (this.#open.length + chunk.length > this.#open.bytes.length) this.#closeBlock(chunk.length);
    const open = this.#open;
    open.lastRow = open.length;
    open.length += chunk.copy(open.bytes, open.length);
    open.rows++;
    if (open.rows >= this.#blockRows) this.#closeBlock(0);
  }

  handleCommandComplete(): void {
    // ReadyForQuery follows, and only then is the session free again.
  }

  handleReadyForQuery(): void {
    this.#closeBlock(0);
    this.#end();
  }

  handleError(failure: Error): void {
    this.#failure ??= failure;
    this.#end();
  }

  #closeBlock(neededBytes: number): void {
    const { bytes, length, rows, lastRow } = this.#open;
    this.#open = { bytes: Buffer.allocUnsafe(Math.max(blockBytes, neededBytes)), length: 0, rows: 0, lastRow: 0 };
    if (rows === 0) return;
    const filled = bytes.subarray(0, length);
    this.#ready.push({ bytes: length < blockBytes / 2 ? Buffer.from(filled) : filled, rows, lastRow });
    this.#readyBytes += length;
    if (this.#readyBytes >= waitingBytes) this.#connection?.stream.pause();
    this.#wake?.();
  }

  #end(): void {
    this.#ended = true;
    // A paused socket would not notice the end of the session.
    this.#connection?.stream.resume();
    this.#wake?.();
  }
}
