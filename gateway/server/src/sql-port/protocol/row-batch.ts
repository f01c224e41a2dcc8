/** Rows of a result as they go to the client: `DataRow` messages, one behind another. */
export interface RowBatch {
  readonly bytes: Buffer;
  /** Where each row ends in the bytes, ascending. */
  readonly ends: readonly number[];
}

/** The rows from one to another, `to` not among them. */
export function sliceRows({ bytes, ends }: RowBatch, from: number, to = ends.length): Buffer {
  return bytes.subarray(from === 0 ? 0 : ends[from - 1], to === 0 ? 0 : ends[to - 1]);
}

/** The same rows in batches of about so many bytes at most; a row that is larger is one of its own. */
export function* partsOf(batch: RowBatch, bytes: number): Generator<RowBatch, void, void> {
  let from = 0;
  for (const [index, end] of batch.ends.entries()) {
    const begin = from === 0 ? 0 : (batch.ends[from - 1] ?? 0);
    const next = batch.ends[index + 1];
    if (next !== undefined && next - begin <= bytes) continue;
    yield {
      bytes: batch.bytes.subarray(begin, end),
      ends: batch.ends.slice(from, index + 1).map((each) => each - begin),
    };
    from = index + 1;
  }
}

/** The values of each row, still as bytes; null for null. */
export function* cellsOf({ bytes, ends }: RowBatch): Generator<(Buffer | null)[], void, void> {
  let at = 0;
  for (const end of ends) {
    const count = bytes.readInt16BE(at + 5);
    at += 7;
    yield Array.from({ length: count }, () => {
      const length = bytes.readInt32BE(at);
      at += 4 + Math.max(0, length);
      return length < 0 ? null : bytes.subarray(at - length, at);
    });
    at = end;
  }
}
