import { bytesAtATime, type Inner, type Layer, type Layers, type Outline, type OutlineTally } from "./otlp-outline.ts";
import { OtlpUnreadable } from "./otlp-values.ts";

/**
 * Finds where the records of an export lie, without reading them. What is passed over is only looked at as far as its end
 * has to be found: whoever reads it learns whether it is JSON. Yields when others should have a turn.
 * @throws OtlpUnreadable, and what the tally throws
 */
export function* jsonOutline(body: Buffer, layers: Layers, tally: OutlineTally): Generator<void, Outline, void> {
  const cursor = new JsonCursor(body);
  if (cursor.next() !== brace) throw new OtlpUnreadable("the request is no object");
  const outline = yield* readObject(cursor, layers, tally);
  if (cursor.next() !== undefined) throw notJson();
  return outline;
}

/** In the text of a message, `null` stands where its lists of messages were. */
export function ownJson(body: Buffer, own: readonly number[]): string {
  const texts: string[] = [];
  for (let at = 0; at < own.length; at += 2) texts.push(body.toString("utf8", own[at], own[at + 1]));
  return texts.join("null");
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [brace, braceEnd, bracket, bracketEnd] = [0x7b, 0x7d, 0x5b, 0x5d];

function* readObject(cursor: JsonCursor, layers: Layers, tally: OutlineTally): Generator<void, Outline, void> {
  tally.add(false);
  const own: number[] = [];
  const inner: Inner = {};
  let from = cursor.at;
  cursor.at++;
  for (let more = cursor.next() !== braceEnd; more; more = cursor.goesOn(braceEnd)) {
    const name = cursor.readName();
    const layer = Object.hasOwn(layers, name) ? layers[name] : undefined;
    if (layer === undefined) {
      yield* cursor.skipValue();
      continue;
    }
    cursor.next();
    own.push(from, cursor.at);
    inner[name] ??= [];
    yield* readLayer(cursor, { name, layer, tally, found: inner[name] });
    from = cursor.at;
  }
  own.push(from, ++cursor.at);
  return { own, inner };
}

interface LayerReading {
  readonly name: string;
  readonly layer: Layer;
  readonly tally: OutlineTally;
  readonly found: Outline[];
}

function* readLayer(cursor: JsonCursor, reading: LayerReading): Generator<void, void, void> {
  const { name, layer } = reading;
  const first = cursor.next();
  if (first === letterN) return cursor.skipNull();
  if (!layer.isList) return yield* readElement(cursor, reading);
  if (first !== bracket) throw new OtlpUnreadable(`${name} is no list`);
  cursor.at++;
  for (let more = cursor.next() !== bracketEnd; more; more = cursor.goesOn(bracketEnd))
    yield* readElement(cursor, reading);
  cursor.at++;
}

const letterN = 0x6e;
const empty: Outline = { own: [], inner: {} };

function* readElement(cursor: JsonCursor, { name, layer, tally, found }: LayerReading): Generator<void, void, void> {
  const first = cursor.next();
  if (first !== brace && first !== letterN) throw new OtlpUnreadable(`${name} is no object`);
  if (first === brace && layer.layers !== undefined) {
    found.push(yield* readObject(cursor, layer.layers, tally));
    return;
  }
  tally.add(layer.layers === undefined);
  const from = cursor.at;
  if (first === brace) yield* cursor.skipValue();
  else cursor.skipNull();
  found.push(first === brace ? { own: [from, cursor.at], inner: empty.inner } : empty);
}

/** A place in a text of JSON. */
class JsonCursor {
  readonly #bytes: Buffer;
  #pauseAt = bytesAtATime;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @returns the first byte from here on that is no white space, where it stands then; undefined at the end */
  next(): number | undefined {
    for (let byte = this.#bytes[this.at]; isSpace(byte); ) byte = this.#bytes[++this.at];
    return this.#bytes[this.at];
  }

  /** Behind a value of a list or an object: whether another one follows. */
  goesOn(end: number): boolean {
    const byte = this.next();
    if (byte === end) return false;
    if (byte !== comma) throw notJson();
    this.at++;
    return true;
  }

  /** Passes the name of a field and its colon. */
  readName(): string {
    if (this.next() !== quote) throw notJson();
    const from = this.at;
    this.#skipString();
    const text = this.at - from > longestName ? undefined : this.#bytes.toString("utf8", from, this.at);
    if (this.next() !== colon) throw notJson();
    this.at++;
    return text === undefined ? "" : parseName(text);
  }

  skipNull(): void {
    if (this.#bytes.toString("latin1", this.at, this.at + 4) !== "null") throw notJson();
    this.at += 4;
  }

  *skipValue(): Generator<void, void, void> {
    let depth = 0;
    do {
      const byte = this.next();
      if (byte === undefined) throw notJson();
      if (byte === quote) this.#skipString();
      else if (byte === brace || byte === bracket) depth += this.#step();
      else if (byte === braceEnd || byte === bracketEnd) depth -= this.#step();
      else if (byte === comma || byte === colon) this.#step();
      else this.#skipLiteral();
      if (depth < 0) throw notJson();
      if (this.at < this.#pauseAt) continue;
      this.#pauseAt = this.at + bytesAtATime;
      yield;
    } while (depth > 0);
  }

  #step(): 1 {
    this.at++;
    return 1;
  }

  #skipString(): void {
    for (let from = this.at + 1; ; from = this.at) {
      const end = this.#bytes.indexOf(quote, from);
      if (end < 0) throw notJson();
      let slashes = 0;
      while (end - slashes > from && this.#bytes[end - slashes - 1] === backslash) slashes++;
      this.at = end + 1;
      if (slashes % 2 === 0) return;
    }
  }

  #skipLiteral(): void {
    const from = this.at;
    for (let byte = this.#bytes[this.at]; byte !== undefined && isOfLiteral(byte); ) byte = this.#bytes[++this.at];
    if (this.at === from) throw notJson();
  }
}

/** Longest name that could be one of ours, bytes, with its quotes. */
const longestName = 200;

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isOfLiteral(byte: number): boolean {
  return byte > 0x20 && byte !== comma && byte !== braceEnd && byte !== bracketEnd && byte !== quote;
}

function parseName(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    throw notJson();
  }
}

function notJson(): Error {
  return new OtlpUnreadable("the body is no JSON in UTF-8");
}
