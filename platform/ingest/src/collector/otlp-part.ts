import type { OtlpEncoding } from "./otlp-encoding.ts";
import type { Outline } from "./otlp-outline.ts";
import { type OtlpObject, OtlpRejection } from "./otlp-values.ts";

/** Largest record, and largest resource, scope and metric besides their records: bytes as sent, and as kept. */
export const largestRecord = 256 * 1024;

/** A message of an export: read when it is asked for, and the messages in it one by one. */
export class OtlpPart {
  readonly #body: Buffer;
  readonly #encoding: Pick<OtlpEncoding, "read">;
  readonly #outline: Outline;
  #own: OtlpObject | undefined;

  constructor(body: Buffer, encoding: Pick<OtlpEncoding, "read">, outline: Outline) {
    this.#body = body;
    this.#encoding = encoding;
    this.#outline = outline;
  }

  /** Of what it says itself, as sent. */
  get ownBytes(): number {
    return ownBytes(this.#outline);
  }

  /**
   * What it says itself; lists of messages with an outline of their own are missing in it.
   * @throws OtlpRejection when it is too large; OtlpUnreadable
   */
  own(): OtlpObject {
    if (this.ownBytes > largestRecord) throw tooLarge();
    this.#own ??= this.#encoding.read(this.#body, this.#outline);
    return this.#own;
  }

  /** One at a time, so that what has been read of one is gone before the next. */
  *inner(field: string): Generator<OtlpPart, void, void> {
    for (const outline of this.#outline.inner[field] ?? []) yield new OtlpPart(this.#body, this.#encoding, outline);
  }
}

export function tooLarge(): OtlpRejection {
  return new OtlpRejection(`a record has at most ${largestRecord} bytes, together with its resource and scope`);
}

export function ownBytes({ own }: Outline): number {
  let bytes = 0;
  for (let at = 0; at < own.length; at += 2) bytes += (own[at + 1] ?? 0) - (own[at] ?? 0);
  return bytes;
}
