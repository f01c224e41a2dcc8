import { sizeOfPieces } from "@thoth/subgraph/operation-parts";
import { handleStreamOrSingleExecutionResult, type Plugin } from "graphql-yoga";
import type { ServerContext } from "./answer-first.ts";
import { gatewayError } from "./errors.ts";
import { toGraphQLError } from "./graphql-error.ts";
import { isBatch } from "./operation-batch.ts";
import type { GatewayContext } from "./request-context.ts";
import { isWritten } from "./written-result.ts";

/**
 * Refuses answers that would be too much text. What the engine has written is limited by its plan, and goes to the socket as
 * it is; all else, and everything in a list of operations, is held in memory as one text. Operations of one request share
 * the limit; each event of a stream has it for itself.
 */
export function limitAnswers(limitBytes: number): Plugin<GatewayContext, ServerContext> {
  const taken = new WeakMap<Request, number>();
  return {
    onExecute({ args }) {
      const { request } = args.contextValue as GatewayContext & { readonly request: Request };
      return {
        onExecuteDone: (done) =>
          handleStreamOrSingleExecutionResult(done, ({ result, setResult }) => {
            const before = isBatch(request) ? (taken.get(request) ?? 0) : 0;
            const size = before + sizeOf(result, { enough: limitBytes - before, isBatch: isBatch(request) });
            if (size <= limitBytes) return void taken.set(request, size);
            setResult({ errors: [toGraphQLError(gatewayError["answer-too-large"]({ limitBytes }), { status: 400 })] });
          }),
      };
    },
  };
}

interface Measure {
  /** Beyond this nothing more is counted. */
  readonly enough: number;
  readonly isBatch: boolean;
}

function sizeOf(result: { readonly data?: unknown }, { enough, isBatch }: Measure): number {
  if (!isWritten(result)) return textBytes(result.data, enough);
  return isBatch ? sizeOfPieces(result.pieces) : 0;
}

/** What a value takes as JSON, about: bytes of its texts and names, and a few for all else. */
export function textBytes(root: unknown, enough: number): number {
  const waiting: unknown[] = [root];
  let size = 0;
  while (waiting.length > 0 && size <= enough) {
    const value = waiting.pop();
    if (typeof value === "string") size += Buffer.byteLength(value) + 3;
    else if (typeof value !== "object" || value === null) size += 6;
    else if (Array.isArray(value)) {
      size += 2;
      // Not by arguments: a list may be longer than a call can take.
      for (const item of value) waiting.push(item);
    } else {
      size += 2;
      for (const [name, inner] of Object.entries(value)) {
        size += Buffer.byteLength(name) + 4;
        waiting.push(inner);
      }
    }
  }
  return size;
}
