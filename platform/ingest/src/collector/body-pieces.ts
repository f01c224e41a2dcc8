/** Pieces of a body as they come. Small ones are put together: each by itself would take more memory than it brings. */
export class BodyPieces {
  #whole: Buffer[] = [];
  #tail = Buffer.alloc(0);
  #used = 0;
  #size = 0;

  /** Bytes. */
  get size(): number {
    return this.#size;
  }

  /** How many buffers hold them. */
  get pieces(): number {
    return this.#whole.length + (this.#used > 0 ? 1 : 0);
  }

  add(piece: Buffer): void {
    this.#size += piece.length;
    if (piece.length >= largePiece) {
      this.#closeTail();
      this.#whole.push(piece);
      return;
    }
    if (this.#used + piece.length > this.#tail.length) {
      const next = Math.min(largestTail, Math.max(largePiece, 2 * this.#tail.length));
      this.#closeTail();
      this.#tail = Buffer.allocUnsafeSlow(next);
    }
    this.#used += piece.copy(this.#tail, this.#used);
  }

  /** All of it, and nothing is left here. */
  take(): Buffer {
    this.#closeTail();
    const [first, ...others] = this.#whole;
    const bytes = first !== undefined && others.length === 0 ? first : Buffer.concat(this.#whole, this.#size);
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#whole = [];
    this.#tail = Buffer.alloc(0);
    this.#used = 0;
    this.#size = 0;
  }

  #closeTail(): void {
    const used = this.#tail.subarray(0, this.#used);
    if (this.#used > 0) this.#whole.push(this.#used * 2 < this.#tail.length ? Buffer.from(used) : used);
    this.#tail = Buffer.alloc(0);
    this.#used = 0;
  }
}

/** Bytes. */
const largePiece = 8 * 1024;
const largestTail = 64 * 1024;
