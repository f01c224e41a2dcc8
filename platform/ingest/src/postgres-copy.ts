import type { Client, Connection, Submittable } from "pg";
import { type BlockLimits, BlockQueue, type RowBlock } from "./database-block.ts";

/**
 * Runs `COPY … TO STDOUT` and yields its rows in blocks. While nobody asks for the next block the socket is paused, so
 * the server waits too. The caller ends the connection when it stops early.
 */
export async function* copyOut(
  client: Client,
  statement: string,
  limits: BlockLimits,
): AsyncGenerator<RowBlock, void, void> {
  const queue = new BlockQueue(limits);
  client.query(new CopyOut(statement, queue));
  yield* queue.blocks();
}

/** What the driver calls while the server answers; it hands every row over as soon as it is parsed. */
class CopyOut implements Submittable {
  /** Set by the driver, which takes the time until it is called. */
  callback: ((failure?: Error) => void) | undefined;
  readonly #statement: string;
  readonly #queue: BlockQueue;

  constructor(statement: string, queue: BlockQueue) {
    this.#statement = statement;
    this.#queue = queue;
  }

  submit(connection: Connection): void {
    this.#queue.from(connection.stream);
    connection.query(this.#statement);
  }

  /** The server sends one message a row. */
  handleCopyData({ chunk }: { chunk: Buffer }): void {
    this.#queue.add(chunk);
  }

  handleCommandComplete(): void {
    // ReadyForQuery follows, and only then is the session free again.
  }

  handleReadyForQuery(): void {
    this.callback?.();
    this.#queue.end();
  }

  handleError(failure: Error): void {
    this.callback?.(failure);
    this.#queue.fail(failure);
  }
}
