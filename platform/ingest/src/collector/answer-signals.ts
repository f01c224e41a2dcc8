import { type Answer, problemAnswer } from "./answer.ts";
import type { Asked } from "./collector-http.ts";
import { encodingOf, type OtlpEncoding } from "./otlp-encoding.ts";
import { type OtlpRecords, otlpRecords, sourceOfSignal } from "./otlp-records.ts";
import type { Signal } from "./otlp-signal.ts";
import { OtlpRejection, OtlpUnreadable } from "./otlp-values.ts";

/**
 * Answers an export of OTLP/HTTP: with 200 also when some records are rejected, which the answer counts, and which are not
 * to be sent again.
 * @source OTLP 1.x, OTLP/HTTP response
 */
export async function answerSignals(asked: Asked, signal: Signal): Promise<Answer> {
  const { request, body, collector, sender, now } = asked;
  const encoding = encodingOf(request.headers["content-type"]);
  if (encoding === undefined) return problemAnswer(415, "malformed", "Send application/x-protobuf or application/json");
  if (!collector.takes(signal)) return problemAnswer(404, "malformed", `No domain of this mesh takes ${signal}`);
  if (!sender.maySend(sourceOfSignal(signal))) {
    const answer = problemAnswer(403, "source-not-allowed", `This key may not send for ${sourceOfSignal(signal)}`);
    return counted(asked, signal, { answer, outcome: "unauthorised" });
  }
  const read = readExport(signal, body, { encoding, now });
  if ("problem" in read) {
    const answer = problemAnswer(400, "malformed", `The request cannot be read: ${read.problem}`);
    return counted(asked, signal, { answer, outcome: "unreadable" });
  }
  const wait = sender.draw(Math.max(1, read.records.length));
  if (wait !== undefined) return counted(asked, signal, { answer: wait, outcome: "rate-limited" });
  await collector.takeSignals(signal, read.records);
  collector.count(`otlp/${signal}`, "malformed", read.rejected);
  return encoding.success(signal, read);
}

/** The answer as a client of OTLP reads it. */
export function encodeStatus(answer: Answer, { request }: Pick<Asked, "request">): Answer {
  if (answer.status < 400) return answer;
  return encodingOf(request.headers["content-type"])?.status(answer) ?? answer;
}

function counted(
  { collector }: Asked,
  signal: Signal,
  { answer, outcome }: { readonly answer: Answer; readonly outcome: "unauthorised" | "unreadable" | "rate-limited" },
): Answer {
  collector.count(`otlp/${signal}`, outcome, 1);
  return answer;
}

function readExport(
  signal: Signal,
  body: Buffer,
  { encoding, now }: { readonly encoding: OtlpEncoding; readonly now: number },
): OtlpRecords | { readonly problem: string } {
  try {
    return otlpRecords(signal, encoding.read(signal, body), now);
  } catch (failure) {
    // What a resource or a scope says belongs to all its records, so there is nothing to take one by one.
    if (failure instanceof OtlpUnreadable || failure instanceof OtlpRejection) return { problem: failure.message };
    throw failure;
  }
}
