import { gatewayError } from "../../errors.ts";

/** One message as it came: what kind it is, by one character, and the bytes behind its length. */
export interface Frame {
  /** Empty for the first message of a connection, which has none. */
  readonly type: string;
  readonly body: Buffer;
}

const lengthSize = 4;

/** Cuts a stream of bytes into messages. Holds what has come of the next one, and never more than it may be long. */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #size = 0;
  #limitBytes: number;
  #typed = false;

  /** @param limitBytes how long a message may be */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** From here on every message says of which type it is, and may be as long as given. */
  expectTyped(limitBytes: number): void {
    this.#typed = true;
    this.#limitBytes = limitBytes;
  }

  /** Bytes that have come and belong to no message yet that was taken. */
  get buffered(): number {
    return this.#size;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /**
   * The next message; undefined while it has not come in full.
   * @throws MeshError `gateway/sql-protocol`, `gateway/sql-message-too-large`, as soon as its length is known
   */
  next(): Frame | undefined {
    const head = this.#typed ? 1 : 0;
    if (this.#size < head + lengthSize) return undefined;
    const start = this.#peek(head + lengthSize);
    const length = start.readInt32BE(head);
    if (length < lengthSize)
      throw gatewayError["sql-protocol"]({ problem: "a message is shorter than its own length" });
    if (length > this.#limitBytes)
      throw gatewayError["sql-message-too-large"]({ bytes: length, limitBytes: this.#limitBytes });
    if (this.#size < head + length) return undefined;
    const frame = this.#take(head + length);
    return { type: frame.toString("latin1", 0, head), body: frame.subarray(head + lengthSize) };
  }

  #peek(length: number): Buffer {
    const first = this.#chunks[0] as Buffer;
    if (first.length >= length) return first;
    this.#chunks = [Buffer.concat(this.#chunks, this.#size)];
    return this.#chunks[0] as Buffer;
  }

  #take(length: number): Buffer {
    const bytes = this.#peek(length);
    const rest = bytes.subarray(length);
    this.#chunks[0] = rest;
    if (rest.length === 0) this.#chunks.shift();
    this.#size -= length;
    return bytes.subarray(0, length);
  }
}
