import type { Answer } from "./answer.ts";
import { problemAnswer } from "./answer.ts";
import { type ContentMode, parseEventRequest } from "./cloud-event-request.ts";
import type { TakenEvents } from "./collector.ts";
import type { Asked } from "./collector-http.ts";

/**
 * Answers `/events`. Of a batch, what fits is taken and the rest is named one by one with status 202; a request of which
 * nothing fits is refused as a whole.
 */
export async function answerEvents(asked: Asked, mode?: ContentMode): Promise<Answer> {
  const { request, body, collector, sender, holding } = asked;
  const values = countValues(body);
  if (values > mostValues) {
    collector.count("unknown", "too-large", 1);
    return problemAnswer(413, "too-large", `A request has at most ${mostValues} values`);
  }
  holding.take(values * valueBytes + body.length * copies);
  const read = parseEventRequest(request.headers, body, mode);
  if (read.kind === "unreadable") {
    collector.count("unknown", "unreadable", 1);
    return problemAnswer(read.status, read.problem.code, read.problem.message, read.problem.path);
  }
  const drawn = Math.max(1, read.events.length);
  const wait = sender.draw(drawn);
  if (wait !== undefined) {
    collector.count("unknown", "rate-limited", read.events.length);
    return wait;
  }
  try {
    const options = { maySend: sender.maySend, keepRefused: read.mode === "batch" };
    return describeTaken(await collector.takeEvents(read.events, options), read.mode);
  } catch (failure) {
    // Its sender will send all of it again.
    sender.giveBack(drawn);
    throw failure;
  }
}

/** Far more than the largest batch of the largest events, and less than would fill the memory that all requests have. */
const mostValues = 1_000_000;
/** What a value takes in memory, and how many times the bytes of a body its texts and lines do. */
const valueBytes = 64;
const copies = 5;

/** By byte: 1 where a value begins behind it. */
const valueBegins = Uint8Array.from({ length: 256 }, (_, byte) => (",:[{".includes(String.fromCharCode(byte)) ? 1 : 0));

/** As many as there may be: commas in texts count as well. */
function countValues(body: Buffer): number {
  let values = 1;
  for (let at = 0; at < body.length; at++) values += valueBegins[body[at] as number] as number;
  return values;
}

function describeTaken(taken: TakenEvents, mode: ContentMode): Answer {
  const [first] = taken.refused;
  const body = JSON.stringify(taken);
  if (first === undefined || taken.accepted + taken.duplicates > 0) return { status: 202, body };
  if (mode === "batch") return { status: 422, body };
  const { code, message, path } = first;
  return problemAnswer(statusOf[code], code, message, path);
}

const statusOf = {
  malformed: 400,
  "too-large": 413,
  "unknown-type": 422,
  contract: 422,
  classification: 403,
  consent: 403,
  "source-not-allowed": 403,
} as const;
