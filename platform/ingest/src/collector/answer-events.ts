import type { Answer } from "./answer.ts";
import { problemAnswer } from "./answer.ts";
import { type ContentMode, parseEventRequest } from "./cloud-event-request.ts";
import type { TakenEvents } from "./collector.ts";
import type { Asked } from "./collector-http.ts";

/**
 * Answers `/events`. Of a batch, what fits is taken and the rest is named one by one with status 202; a request of which
 * nothing fits is refused as a whole.
 */
export async function answerEvents({ request, body, collector, sender }: Asked, mode?: ContentMode): Promise<Answer> {
  const read = parseEventRequest(request.headers, body, mode);
  if (read.kind === "unreadable") {
    collector.count("unknown", "unreadable", 1);
    return problemAnswer(read.status, read.problem.code, read.problem.message, read.problem.path);
  }
  const wait = sender.draw(Math.max(1, read.events.length));
  if (wait !== undefined) {
    collector.count("unknown", "rate-limited", read.events.length);
    return wait;
  }
  const taken = await collector.takeEvents(read.events, {
    maySend: sender.maySend,
    keepRefused: read.mode === "batch",
  });
  return describeTaken(taken, read.mode);
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
