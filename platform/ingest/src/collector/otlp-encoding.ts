import { isUtf8 } from "node:buffer";
import type { Answer } from "./answer.ts";
import { jsonOutline, ownJson } from "./json-outline.ts";
import { exportLayers, type Outline, type OutlineTally } from "./otlp-outline.ts";
import { exportShapes } from "./otlp-shapes.ts";
import type { Signal } from "./otlp-signal.ts";
import { type OtlpObject, OtlpUnreadable, objectOf } from "./otlp-values.ts";
import { ownMessage, protobufOutline } from "./protobuf-outline.ts";
import { readMessage, writeMessage } from "./protobuf-wire.ts";

/** What was not taken of an export, as its answer says it. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly reason?: string;
}

/** How an export is written, and so its answer. @source OTLP/HTTP: binary and JSON encoding */
export interface OtlpEncoding {
  /**
   * Where its records lie. Yields when others should have a turn.
   * @throws OtlpUnreadable, OtlpTooLarge and what the tally throws
   */
  outline(signal: Signal, body: Buffer, tally: OutlineTally): Generator<void, Outline, void>;
  /** What a message of it says itself. @throws OtlpUnreadable */
  read(body: Buffer, message: Outline): OtlpObject;
  success(signal: Signal, result: PartialSuccess): Answer;
  /** An error becomes a `google.rpc.Status`. */
  status(answer: Answer): Answer;
}

/** Undefined when it is neither of the two. */
export function encodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  if (/^application\/x-protobuf\s*(;|$)/i.test(contentType ?? "")) return binary;
  return /^application\/json\s*(;|$)/i.test(contentType ?? "") ? json : undefined;
}

const rejectedFields: Readonly<Record<Signal, string>> = {
  logs: "rejectedLogRecords",
  metrics: "rejectedDataPoints",
  traces: "rejectedSpans",
};

const json: OtlpEncoding = {
  *outline(signal, body, tally) {
    if (!isUtf8(body)) throw new OtlpUnreadable("the body is no JSON in UTF-8");
    return yield* jsonOutline(body, exportLayers[signal], tally);
  },
  read: (body, { own }) => (own.length === 0 ? {} : objectOf(parseJson(ownJson(body, own)), "a message")),
  success: (signal, { rejected, reason = "" }) => ({
    status: 200,
    body: JSON.stringify(
      rejected === 0 ? {} : { partialSuccess: { [rejectedFields[signal]]: String(rejected), errorMessage: reason } },
    ),
  }),
  status: (answer) => ({ ...answer, body: JSON.stringify({ message: messageOf(answer) }) }),
};

const binary: OtlpEncoding = {
  outline: (signal, body, tally) =>
    protobufOutline(body, exportShapes[signal], { layers: exportLayers[signal], tally }),
  read: (body, { own, shape = {} }) => readMessage(ownMessage(body, own), shape),
  success: (_signal, { rejected, reason = "" }) =>
    inBinary({
      status: 200,
      body: writeMessage([
        [
          1,
          writeMessage([
            [1, rejected],
            [2, rejected === 0 ? "" : reason],
          ]),
        ],
      ]),
    }),
  status: (answer) => inBinary({ ...answer, body: writeMessage([[2, messageOf(answer)]]) }),
};

function inBinary(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, "content-type": "application/x-protobuf" } };
}

function messageOf({ body }: Answer): string {
  return (JSON.parse(body.toString()) as { message: string }).message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OtlpUnreadable("it is no JSON");
  }
}
