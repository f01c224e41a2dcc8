const quote = 0x22;
const comma = 0x2c;
const newline = 0x0a;
/** Below it a loop is faster than asking the runtime to search and copy. */
const shortField = 64;

/** Puts the fields of a row into a line of CSV as the staged relation reads it: nothing for null, everything else in quotes. */
export class CsvLine {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  /** @returns bytes that the next call overwrites */
  of(fields: readonly (Buffer | null)[]): Buffer {
    this.#length = 0;
    for (const [index, field] of fields.entries()) {
      this.#reserve(field === null ? 1 : 2 * field.length + 4);
      if (index > 0) this.#bytes[this.#length++] = comma;
      if (field !== null) this.#quote(field);
    }
    // A row of one null would be an empty line, which readers of CSV skip.
    if (fields.length === 1) this.#bytes[this.#length++] = comma;
    this.#bytes[this.#length++] = newline;
    return this.#bytes.subarray(0, this.#length);
  }

  /** Room for so many bytes, the end of the line, and the comma of a single field. */
  #reserve(bytes: number): void {
    if (this.#length + bytes + 2 <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes + 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  #quote(field: Buffer): void {
    this.#bytes[this.#length++] = quote;
    if (field.length > shortField && !field.includes(quote)) this.#length += field.copy(this.#bytes, this.#length);
    else this.#double(field);
    this.#bytes[this.#length++] = quote;
  }

  #double(field: Buffer): void {
    const bytes = this.#bytes;
    let length = this.#length;
    for (let index = 0; index < field.length; index++) {
      const byte = field[index] as number;
      if (byte === quote) bytes[length++] = quote;
      bytes[length++] = byte;
    }
    this.#length = length;
  }
}
