import { type Answer, problemAnswer } from "./answer.ts";
import type { Asked } from "./collector-http.ts";
import { inTurns } from "./in-turns.ts";
import { encodingOf, type OtlpEncoding } from "./otlp-encoding.ts";
import { OutlineTally } from "./otlp-outline.ts";
import { largestRecord, OtlpPart } from "./otlp-part.ts";
import { sourceOfSignal, spreadBytes } from "./otlp-records.ts";
import type { Signal } from "./otlp-signal.ts";
import { OtlpTooLarge, OtlpUnreadable } from "./otlp-values.ts";
import { type TakenSignals, takeExport } from "./take-export.ts";

/**
 * Answers an export of OTLP/HTTP: with 200 also when some records are rejected, which the answer counts, and which are not
 * to be sent again.
 * @source OTLP 1.x, OTLP/HTTP response
 */
export async function answerSignals(asked: Asked, signal: Signal): Promise<Answer> {
  const { request, collector, sender } = asked;
  const encoding = encodingOf(request.headers["content-type"]);
  if (encoding === undefined) return problemAnswer(415, "malformed", "Send application/x-protobuf or application/json");
  if (!collector.takes(signal)) return problemAnswer(404, "malformed", `No domain of this mesh takes ${signal}`);
  if (!sender.maySend(sourceOfSignal(signal))) {
    const answer = problemAnswer(403, "source-not-allowed", `This key may not send for ${sourceOfSignal(signal)}`);
    return counted(asked, signal, { answer, outcome: "unauthorised" });
  }
  const read = await readExport(asked, signal, encoding);
  if ("answer" in read) return counted(asked, signal, read);
  const drawn = Math.max(1, read.records);
  const wait = sender.draw(drawn);
  if (wait !== undefined) return counted(asked, signal, { answer: wait, outcome: "rate-limited" });
  const taken: TakenSignals = { kept: 0, rejected: 0 };
  try {
    await takeExport({ ...asked, ...read, signal }, taken);
  } catch (failure) {
    // Its sender will send all of it again.
    sender.giveBack(drawn - taken.kept);
    throw failure;
  }
  collector.count(`otlp/${signal}`, "malformed", taken.rejected);
  return encoding.success(signal, taken);
}

/** The answer as a client of OTLP reads it. */
export function encodeStatus(answer: Answer, { request }: Pick<Asked, "request">): Answer {
  if (answer.status < 400) return answer;
  return encodingOf(request.headers["content-type"])?.status(answer) ?? answer;
}

interface TurnedAway {
  readonly answer: Answer;
  readonly outcome: "unauthorised" | "unreadable" | "rate-limited" | "too-large";
}

function counted({ collector }: Asked, signal: Signal, { answer, outcome }: TurnedAway): Answer {
  collector.count(`otlp/${signal}`, outcome, 1);
  return answer;
}

interface ReadableExport {
  readonly request: OtlpPart;
  readonly bytes: number;
  readonly records: number;
}

/** What all records of an export may take, each with its resource and scope; bytes as sent. */
const widest = 128 * 1024 ** 2;

async function readExport(
  { body, holding }: Asked,
  signal: Signal,
  encoding: OtlpEncoding,
): Promise<ReadableExport | TurnedAway> {
  const tally = new OutlineTally(holding);
  try {
    const outline = await inTurns(encoding.outline(signal, body, tally));
    const request = new OtlpPart(body, encoding, outline);
    // Nobody needs what it says besides, but it has to be in the encoding it claims to be.
    if (request.ownBytes <= largestRecord) request.own();
    const bytes = spreadBytes(signal, request);
    if (bytes > widest)
      throw new OtlpTooLarge(`Its records, each with its resource and scope, have more than ${widest} bytes`);
    return { request, bytes, records: tally.records };
  } catch (failure) {
    if (failure instanceof OtlpTooLarge)
      return { answer: problemAnswer(413, "too-large", failure.message), outcome: "too-large" };
    if (!(failure instanceof OtlpUnreadable)) throw failure;
    const answer = problemAnswer(400, "malformed", `The request cannot be read: ${failure.message}`);
    return { answer, outcome: "unreadable" };
  }
}
