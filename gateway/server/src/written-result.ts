import { type JsonPieces, responsePieces } from "@thoth/subgraph/operation-parts";
import type { ExecutionResult } from "graphql";
import type { Plugin } from "graphql-yoga";

/** A result whose data is written already. It travels through Yoga beside an empty `data`. */
export interface WrittenResult extends ExecutionResult {
  readonly pieces: JsonPieces;
}

/**
 * Sends written results as they are: the bytes that the engine wrote go to the socket without becoming text. Yoga still
 * decides on status, media type and how errors are shown.
 */
export function sendWrittenResults(): Plugin {
  const bodies = new WeakMap<Request, JsonPieces>();
  return {
    onResultProcess({ request, result, setResult }) {
      if (!isWritten(result)) return;
      const { pieces, ...shown } = result;
      const stringify = ({ errors, extensions }: ExecutionResult) => {
        bodies.set(request, responsePieces(pieces, { errors, extensions }));
        return "";
      };
      setResult({ ...shown, stringify });
    },
    onResponse({ request, response, setResponse }) {
      const body = bodies.get(request);
      if (body === undefined) return;
      const { status, headers } = response;
      headers.set("content-length", String(sizeOf(body)));
      setResponse(new Response(bodyOf(body), { status, headers }));
    },
  };
}

function isWritten(result: unknown): result is WrittenResult {
  return typeof result === "object" && result !== null && "pieces" in result;
}

/** Bytes up to which a body is sent at once. */
const smallBody = 256 * 1024;

/** A large body is handed over piece by piece, as fast as its reader takes it, so that other requests come in between. */
function bodyOf(pieces: JsonPieces): BodyInit {
  if (sizeOf(pieces) <= smallBody) return Buffer.concat(pieces);
  const rest = pieces.values();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = rest.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

function sizeOf(pieces: JsonPieces): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
