import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import { BodyPieces } from "./body-pieces.ts";
import type { Holding } from "./memory-budget.ts";

export type RequestBody =
  /** It counts in the holding until whoever has it gives it back. */
  | { readonly kind: "body"; readonly bytes: Buffer }
  /** Larger than the limit, unpacked. */
  | { readonly kind: "too-large" }
  /** All requests together hold too much. */
  | { readonly kind: "overloaded" }
  | { readonly kind: "unreadable"; readonly reason: string }
  /** Its client went away. */
  | { readonly kind: "gone" };

export interface BodyLimits {
  /** Bytes unpacked. */
  readonly limit: number;
  readonly holding: Holding;
}

/** What unpacking takes besides what comes out of it, bytes. */
const gunzipBytes = 64 * 1024;

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
  // Nothing is heard any more of one that has closed already.
  if (request.destroyed) return { kind: "gone" };
  const overhead = encoding === "gzip" ? gunzipBytes : 0;
  if (!limits.holding.hasRoomFor(overhead)) return { kind: "overloaded" };
  limits.holding.take(overhead);
  const body = await collect(request, encoding === "gzip", limits);
  limits.holding.giveBack(overhead);
  if (body.kind !== "body") request.resume();
  return body.kind === "body" ? asOne(body.pieces, limits.holding) : body;
}

/** While pieces are put together, they are there twice. */
function asOne(pieces: BodyPieces, holding: Holding): RequestBody {
  return holding.hasRoomFor(pieces.size) ? { kind: "body", bytes: pieces.take() } : { kind: "overloaded" };
}

type Collected = Exclude<RequestBody, { kind: "body" }> | { readonly kind: "body"; readonly pieces: BodyPieces };

async function collect(
  request: IncomingMessage,
  isPacked: boolean,
  { limit, holding }: BodyLimits,
): Promise<Collected> {
  const { promise, resolve } = Promise.withResolvers<Collected>();
  const pieces = new BodyPieces();
  let given: Collected | undefined;
  const stream = isPacked ? request.pipe(createGunzip()) : request;
  const giveUp = (kind: "too-large" | "overloaded") => {
    given = { kind };
    holding.giveBack(pieces.size);
    pieces.clear();
    if (isPacked) stream.destroy();
  };
  stream.on("data", (piece: Buffer) => {
    if (given !== undefined) return;
    if (pieces.size + piece.length > limit) return giveUp("too-large");
    if (!holding.hasRoomFor(piece.length)) return giveUp("overloaded");
    holding.take(piece.length);
    pieces.add(piece);
  });
  stream.once("end", () => resolve(given ?? { kind: "body", pieces }));
  stream.once("error", () =>
    resolve(given ?? (isPacked ? { kind: "unreadable", reason: "The body is no gzip" } : { kind: "gone" })),
  );
  stream.once("close", () => given !== undefined && resolve(given));
  cutEndless(request, limit);
  // One that was sent in full and then reset has no end either.
  request.once("close", () => !(request.complete && request.readableEnded) && resolve({ kind: "gone" }));
  const body = await promise;
  if (isPacked && body.kind !== "body") stream.destroy();
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
