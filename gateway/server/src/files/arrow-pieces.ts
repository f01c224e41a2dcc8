import { type RecordBatch, RecordBatchStreamWriter, type Schema } from "apache-arrow";

/** Writes an Arrow stream; what has been written is taken at once, so that nothing gathers behind a slow reader. */
export class ArrowPieces {
  readonly #writer = new CollectingWriter({ autoDestroy: false });

  constructor(schema: Schema) {
    this.#writer.reset(undefined, schema);
  }

  write(batch: RecordBatch): void {
    this.#writer.write(batch);
  }

  take(): Uint8Array {
    return this.#writer.take();
  }

  /** What ends the stream: the mark of a message of no length. */
  end(): Uint8Array {
    return Buffer.from(Int32Array.of(-1, 0).buffer);
  }
}

class CollectingWriter extends RecordBatchStreamWriter {
  #pieces: Uint8Array[] = [];

  take(): Uint8Array {
    const taken = Buffer.concat(this.#pieces);
    this.#pieces = [];
    return taken;
  }

  protected override _write(chunk: ArrayBufferView): this {
    this.#pieces.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    return this;
  }
}
