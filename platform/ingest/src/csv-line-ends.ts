import { open } from "node:fs/promises";
import { ingestError } from "./errors.ts";
import type { SourceFile } from "./file-set.ts";

const chunkBytes = 1024 * 1024;
const [quote, lineFeed, carriageReturn] = [0x22, 0x0a, 0x0d];

/**
 * Whether the lines of a CSV file end in more than one way, as they do where two programs wrote it. The engine reads such a
 * file only when told not to be strict, and then takes nearly everything: what is strict about it is looked at here.
 * @throws MeshError `ingest/malformed-file` when they do and it is not well-formed otherwise
 */
export async function hasMixedLineEnds(file: SourceFile, delimiter: string): Promise<boolean> {
  if (!(await mayBeMixed(file.path))) return false;
  const scan = new LineEndScan(delimiter.charCodeAt(0));
  await someChunk(file.path, (chunk) => scan.add(chunk));
  scan.end();
  if (scan.kinds.size < 2) return false;
  if (scan.problem === undefined) return true;
  const { detail, line } = scan.problem;
  const at = { file: file.path, line };
  throw ingestError["malformed-file"]({ detail: `${detail}, and its lines end in different ways` }, { at });
}

/** Quickly told of most files: all their lines end in one way, and no text holds the other. */
async function mayBeMixed(path: string): Promise<boolean> {
  if (!(await someChunk(path, (chunk) => chunk.includes(carriageReturn)))) return false;
  let last = 0;
  return someChunk(path, (chunk) => {
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1))
      if ((at === 0 ? last : chunk[at - 1]) !== carriageReturn) return true;
    last = chunk.at(-1) ?? last;
    return false;
  });
}

/** @returns whether one of them was what was looked for; the rest is not read then */
async function someChunk(path: string, isIt: (chunk: Buffer) => boolean): Promise<boolean> {
  await using handle = await open(path);
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position);
    if (bytesRead === 0) return false;
    if (isIt(buffer.subarray(0, bytesRead))) return true;
    position += bytesRead;
  }
}

interface Problem {
  readonly detail: string;
  readonly line: number;
}

/** Byte by byte, as RFC 4180 has it. */
class LineEndScan {
  readonly kinds = new Set<"\n" | "\r" | "\r\n">();
  problem: Problem | undefined;
  readonly #delimiter: number;
  readonly #special = new Uint8Array(256);
  #field: "start" | "plain" | "quoted" | "closed" = "start";
  #fields = 1;
  #headerFields: number | undefined;
  #line = 1;
  #afterReturn = false;

  constructor(delimiter: number) {
    this.#delimiter = delimiter;
    for (const byte of [delimiter, quote, lineFeed, carriageReturn]) this.#special[byte] = 1;
  }

  /** @returns always false: all of it is wanted */
  add(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length; at++) {
      at = this.#behindOrdinary(chunk, at);
      const byte = chunk[at];
      if (byte === undefined) break;
      if (this.#afterReturn) this.#endLine(byte === lineFeed ? "\r\n" : "\r");
      if (this.#afterReturn && byte === lineFeed) this.#afterReturn = false;
      else this.#take(byte);
    }
    return false;
  }

  end(): void {
    if (this.#afterReturn) this.#endLine("\r");
    if (this.#field === "quoted") this.#note("a quoted field does not end");
    this.#endRow();
  }

  /** What changes nothing within a field, which is most of a file. */
  #behindOrdinary(chunk: Buffer, from: number): number {
    if (this.#afterReturn || this.#field === "start" || this.#field === "closed") return from;
    const special = this.#special;
    let at = from;
    while (at < chunk.length && special[chunk[at] as number] === 0) at++;
    return at;
  }

  #take(byte: number): void {
    this.#afterReturn = byte === carriageReturn;
    if (this.#afterReturn) return;
    if (byte === lineFeed) this.#endLine("\n");
    else if (byte === quote) this.#takeQuote();
    else if (this.#field === "quoted") return;
    else if (byte === this.#delimiter) {
      this.#fields++;
      this.#field = "start";
    } else if (this.#field === "closed") this.#note("something stands behind a quoted field");
    else if (!(this.#isAtBeginning && byteOrderMark.includes(byte))) this.#field = "plain";
  }

  get #isAtBeginning(): boolean {
    return this.#line === 1 && this.#fields === 1 && this.#field === "start";
  }

  #takeQuote(): void {
    if (this.#field === "plain") this.#note("a quote stands within a field that is not in quotes");
    // The second of two quotes opens again what the first one closed.
    else this.#field = this.#field === "quoted" ? "closed" : "quoted";
  }

  #endLine(end: "\n" | "\r" | "\r\n"): void {
    if (this.#field !== "quoted") {
      this.kinds.add(end);
      this.#endRow();
    }
    this.#line++;
  }

  #endRow(): void {
    const isEmpty = this.#fields === 1 && this.#field === "start";
    this.#headerFields ??= this.#fields;
    if (!isEmpty && this.#fields !== this.#headerFields)
      this.#note(`a row has ${this.#fields} fields where the header has ${this.#headerFields}`);
    this.#fields = 1;
    this.#field = "start";
  }

  #note(detail: string): void {
    this.problem ??= { detail, line: this.#line };
  }
}

const byteOrderMark: readonly number[] = [0xef, 0xbb, 0xbf];
