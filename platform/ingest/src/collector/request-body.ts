import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";

export type RequestBody =
  /** It counts in the budget until whoever has it gives it back. */
  | { readonly kind: "body"; readonly bytes: Buffer }
  /** Larger than the limit, unpacked. */
  | { readonly kind: "too-large" }
  /** Others hold too much. */
  | { readonly kind: "overloaded" }
  | { readonly kind: "unreadable"; readonly reason: string }
  /** Its client went away. */
  | { readonly kind: "gone" };

/** What all requests together hold in memory, bytes unpacked. */
export class BodyBudget {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param own bytes that the asking request holds itself */
  isExhausted(own: number): boolean {
    return this.#held - own >= this.#limit;
  }

  /** @param bytes negative to give back */
  add(bytes: number): void {
    this.#held += bytes;
  }
}

export interface BodyLimits {
  /** Bytes unpacked. */
  readonly limit: number;
  readonly budget: BodyBudget;
}

/**
 * Reads a body to its end, also when it is not taken: a client that is still sending does not look for an answer. What is
 * beyond the limits is neither unpacked nor kept.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<RequestBody> {
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") {
    const reason = `The content encoding ${encoding.slice(0, 40)} is not read here; send gzip or none`;
    return { kind: "unreadable", reason };
  }
  const body = await collect(request, encoding === "gzip", limits);
  if (body.kind !== "body") request.resume();
  return body;
}

async function collect(
  request: IncomingMessage,
  isPacked: boolean,
  { limit, budget }: BodyLimits,
): Promise<RequestBody> {
  const { promise, resolve } = Promise.withResolvers<RequestBody>();
  const pieces: Buffer[] = [];
  let held = 0;
  let given: RequestBody | undefined;
  const stream = isPacked ? request.pipe(createGunzip()) : request;
  const giveUp = (kind: "too-large" | "overloaded") => {
    given = { kind };
    pieces.length = 0;
    if (isPacked) stream.destroy();
  };
  stream.on("data", (piece: Buffer) => {
    if (given !== undefined) return;
    if (held + piece.length > limit) return giveUp("too-large");
    if (budget.isExhausted(held)) return giveUp("overloaded");
    pieces.push(piece);
    held += piece.length;
    budget.add(piece.length);
  });
  stream.once("end", () => resolve(given ?? { kind: "body", bytes: Buffer.concat(pieces) }));
  stream.once("error", () => resolve(given ?? { kind: "unreadable", reason: "The body is no gzip" }));
  stream.once("close", () => given !== undefined && resolve(given));
  cutEndless(request, limit);
  request.once("close", () => !request.complete && resolve({ kind: "gone" }));
  const body = await promise;
  if (body.kind !== "body") budget.add(-held);
  return body;
}

/** How many times the limit is read, to be thrown away, before the connection is cut. */
const furthest = 4;

function cutEndless(request: IncomingMessage, limit: number): void {
  let sent = 0;
  request.on("data", (piece: Buffer) => {
    sent += piece.length;
    if (sent > limit * furthest) request.destroy();
  });
}
