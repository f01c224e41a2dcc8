const lengthSize = 4;

/** Writes messages one behind another into memory that grows. */
export class MessageWriter {
  #bytes: Buffer;
  #end = 0;
  #begin = 0;

  constructor(size = 256) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  get length(): number {
    return this.#end;
  }

  /** Begins a message. @param type one character */
  begin(type: string): this {
    this.#need(1 + lengthSize);
    this.#bytes[this.#end] = type.charCodeAt(0);
    this.#begin = this.#end + 1;
    this.#end += 1 + lengthSize;
    return this;
  }

  /** Ends the message that was begun, whose length is known now. */
  end(): this {
    this.#bytes.writeInt32BE(this.#end - this.#begin, this.#begin);
    return this;
  }

  int8(value: number): this {
    this.#need(1);
    this.#end = this.#bytes.writeUInt8(value & 0xff, this.#end);
    return this;
  }

  int16(value: number): this {
    this.#need(2);
    this.#end = this.#bytes.writeInt16BE(value, this.#end);
    return this;
  }

  int32(value: number): this {
    this.#need(4);
    this.#end = this.#bytes.writeInt32BE(value, this.#end);
    return this;
  }

  uint32(value: number): this {
    this.#need(4);
    this.#end = this.#bytes.writeUInt32BE(value >>> 0, this.#end);
    return this;
  }

  /** Text and the zero that ends it; a zero inside would end it early and is left out. */
  text(value: string): this {
    return this.string(value.replaceAll("\0", "")).int8(0);
  }

  /** Text without an end. */
  string(value: string): this {
    this.#need(value.length * 3);
    this.#end += this.#bytes.write(value, this.#end, "utf8");
    return this;
  }

  raw(value: Uint8Array): this {
    this.#need(value.length);
    this.#bytes.set(value, this.#end);
    this.#end += value.length;
    return this;
  }

  /** A value of a row: its length and its text; -1 for null. */
  cell(value: string | null): this {
    if (value === null) return this.int32(-1);
    const at = this.#end;
    this.int32(0).string(value);
    this.#bytes.writeInt32BE(this.#end - at - lengthSize, at);
    return this;
  }

  /** All that was written; the writer is empty afterwards. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#end);
    this.#bytes = Buffer.allocUnsafe(Math.max(256, Math.min(this.#bytes.length, 1 << 20)));
    this.#end = 0;
    return taken;
  }

  #need(size: number): void {
    if (this.#end + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + size));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

/** One message. */
export function message(type: string, write: (writer: MessageWriter) => MessageWriter = (writer) => writer): Buffer {
  return write(new MessageWriter().begin(type)).end().take();
}
