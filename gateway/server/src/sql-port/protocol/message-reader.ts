import { gatewayError } from "../../errors.ts";

/**
 * Reads the fields of one message, in their order.
 * Every method throws MeshError `gateway/sql-protocol` when the message ends before the field does.
 */
export class MessageReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  uint8(): number {
    return this.bytes(1).readUInt8();
  }

  int16(): number {
    return this.bytes(2).readInt16BE();
  }

  int32(): number {
    return this.bytes(4).readInt32BE();
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  bytes(length: number): Buffer {
    if (length < 0 || length > this.rest) throw gatewayError["sql-protocol"]({ problem: "a message ends too early" });
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Text up to the zero that ends it. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw gatewayError["sql-protocol"]({ problem: "a text in a message has no end" });
    const text = decodeText(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  /** @param most how many there can be at all; a message cannot promise more than it holds */
  list<T>(read: () => T, most = 65_535): T[] {
    const count = this.bytes(2).readUInt16BE();
    if (count > most) throw gatewayError["sql-protocol"]({ problem: "a list in a message is too long" });
    return Array.from({ length: count }, read);
  }

  end(): void {
    if (this.rest > 0) throw gatewayError["sql-protocol"]({ problem: "a message is longer than its fields" });
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @throws MeshError `gateway/sql-bad-value` when the bytes are not UTF-8 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw gatewayError["sql-bad-value"]({ what: "a text", reason: "its bytes are not UTF-8" }, { cause });
  }
}
