import { type JsonPieces, responsePieces, sizeOfPieces } from "@thoth/subgraph/operation-parts";
import type { ExecutionResult } from "graphql";
import type { Plugin } from "graphql-yoga";
import { entityTag, type RememberedAnswer } from "./answer-cache.ts";
import { matches, type ServerContext } from "./answer-first.ts";
import type { GatewayContext } from "./request-context.ts";

/** A result whose data is written already. It travels through Yoga beside an empty `data`. */
export interface WrittenResult extends ExecutionResult {
  readonly pieces: JsonPieces;
  /** Where it comes from, when it would be the same for as long as that stays. */
  readonly source?: AnswerSource | undefined;
}

export type AnswerSource = Pick<RememberedAnswer, "madeFrom" | "served" | "operation">;

/** Keeps an answer for those who ask the same again. */
export type Remember = (key: string, answer: RememberedAnswer) => void;

/**
 * Sends written results as they are: the bytes that the engine wrote go to the socket without becoming text. Yoga still
 * decides on status, media type and how errors are shown.
 */
export function sendWrittenResults(remember: Remember): Plugin<GatewayContext, ServerContext> {
  const bodies = new WeakMap<Request, WrittenBody>();
  return {
    onResultProcess({ request, result, setResult }) {
      if (Array.isArray(result)) return setResult(result.map(asText));
      if (!isWritten(result)) return;
      const { pieces, source, ...shown } = result;
      const stringify = ({ errors, extensions }: ExecutionResult) => {
        const body = responsePieces(pieces, { errors, extensions });
        bodies.set(request, { body, source: isLasting(shown) ? source : undefined });
        return "";
      };
      setResult({ ...shown, stringify });
    },
    onResponse({ request, response, serverContext, setResponse }) {
      const { body, source } = bodies.get(request) ?? {};
      const key = serverContext?.answerKey;
      if (body === undefined) return;
      const { status, headers } = response;
      headers.set("content-length", String(sizeOfPieces(body)));
      if (key !== undefined && source !== undefined && status === 200) {
        for (const [name, value] of lastingHeaders(request, key, source)) headers.set(name, value);
        remember(key, { ...source, body, headers: Object.fromEntries(headers) });
        if (isKnown(request, headers)) return setResponse(unchanged(headers));
      }
      setResponse(new Response(bodyOf(body), { status, headers }));
    },
  };
}

/** A written result as one among others in a body, where it has to become text. */
export function asText<Result>(result: Result): Result {
  if (!isWritten(result)) return result;
  const { pieces, source: _source, ...shown } = result;
  const stringify = ({ errors, extensions }: ExecutionResult) =>
    Buffer.concat(responsePieces(pieces, { errors, extensions })).toString("utf8");
  return { ...shown, stringify } as unknown as Result;
}

interface WrittenBody {
  readonly body: JsonPieces;
  readonly source: AnswerSource | undefined;
}

/** Notes on deprecations change with the calendar, and errors may be gone the next time. */
function isLasting({ errors = [], extensions = {} }: ExecutionResult): boolean {
  return errors.length === 0 && Object.keys(extensions).every((name) => name === "truncated");
}

/** An answer by GET may be kept by the reader's own cache, if that asks each time whether it is still so. */
function lastingHeaders({ method }: Request, key: string, { served, madeFrom }: AnswerSource): [string, string][] {
  const etag: [string, string] = ["etag", entityTag(key, served, madeFrom)];
  if (method !== "GET") return [etag];
  return [etag, ["cache-control", "private, no-cache"], ["vary", "accept, authorization, origin, x-mesh-purpose"]];
}

function isKnown({ method, headers: asked }: Request, headers: Headers): boolean {
  return method === "GET" && matches(asked.get("if-none-match") ?? undefined, headers.get("etag") ?? undefined);
}

function unchanged(headers: Headers): Response {
  headers.delete("content-length");
  headers.delete("content-type");
  return new Response(null, { status: 304, headers });
}

export function isWritten(result: unknown): result is WrittenResult {
  return typeof result === "object" && result !== null && "pieces" in result;
}

/** Bytes up to which a body is sent at once. */
const smallBody = 256 * 1024;

/** A large body is handed over piece by piece, as fast as its reader takes it, so that other requests come in between. */
function bodyOf(pieces: JsonPieces): BodyInit {
  if (sizeOfPieces(pieces) <= smallBody) return Buffer.concat(pieces);
  const rest = pieces.values();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = rest.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
