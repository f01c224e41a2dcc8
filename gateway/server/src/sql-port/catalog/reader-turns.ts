/** Who waits: the oldest of one reader at a time, and the readers one after the other. */
export class ReaderTurns<Waiting extends { readonly reader: string }> {
  /** In the order of their turns. */
  readonly #byReader = new Map<string, Waiting[]>();
  /** Who had the last turn. */
  #last: string | undefined;

  get isEmpty(): boolean {
    return this.#byReader.size === 0;
  }

  /** Whether anybody else waits. */
  hasOther(reader: string): boolean {
    return this.#byReader.size > (this.#byReader.has(reader) ? 1 : 0);
  }

  add(waiting: Waiting): void {
    const own = this.#byReader.get(waiting.reader);
    if (own === undefined) this.#byReader.set(waiting.reader, [waiting]);
    else own.push(waiting);
  }

  /** Whose turn it is: whoever had the last one comes behind all others. */
  take(): Waiting | undefined {
    this.#moveBack(this.#last);
    const [first] = this.#byReader;
    if (first === undefined) return undefined;
    const [reader, own] = first;
    const next = own.shift();
    if (own.length === 0) this.#byReader.delete(reader);
    this.#last = reader;
    return next;
  }

  /** @returns what one reader waited for, and does not any more */
  drop(reader: string): readonly Waiting[] {
    const own = this.#byReader.get(reader) ?? [];
    this.#byReader.delete(reader);
    return own;
  }

  /** @returns whether it still waited */
  remove(waiting: Waiting): boolean {
    const own = this.#byReader.get(waiting.reader) ?? [];
    const rest = own.filter((other) => other !== waiting);
    if (rest.length > 0) this.#byReader.set(waiting.reader, rest);
    else this.#byReader.delete(waiting.reader);
    return rest.length < own.length;
  }

  #moveBack(reader: string | undefined): void {
    const own = reader === undefined ? undefined : this.#byReader.get(reader);
    if (reader === undefined || own === undefined) return;
    this.#byReader.delete(reader);
    this.#byReader.set(reader, own);
  }
}
