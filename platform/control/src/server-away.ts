import { setTimeout as wait } from "node:timers/promises";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { ControlPlane } from "./control-plane.ts";

/** Between two tries, milliseconds. */
const againMs = 250;
/** How often somebody who has been told to stop still tries. */
const triesAfterStop = 4;

/** SQLSTATEs of a server that stops, starts or has no connection left, and what sockets say. */
const awayCodes = new Set(["57P01", "57P02", "57P03", "53300", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);
const awayMessages = /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying)/;
/** What the driver says when a statement was not answered in time. */
const noAnswerMessage = "Query read timeout";

/** Whether a statement was sent and nothing came back: it may be carried out still, and its connection is of no use. */
export function isNoAnswer(failure: unknown): boolean {
  if (isMeshError(failure)) return failure.code === "control/unreachable" && isNoAnswer(failure.cause);
  return failure instanceof Error && failure.message === noAnswerMessage;
}

/** Whether a statement failed because its server was not there, or went away; it may have been carried out or not. */
export function isServerAway(failure: unknown): boolean {
  if (isMeshError(failure)) return failure.code === "control/unreachable" && isServerAway(failure.cause);
  if (!(failure instanceof Error)) return false;
  if (failure instanceof AggregateError) return failure.errors.some(isServerAway);
  // What aborts has a code that is a number.
  const { code, message } = failure as { code?: unknown; message: string };
  return (
    (typeof code === "string" && (awayCodes.has(code) || code.startsWith("08"))) ||
    awayMessages.test(message) ||
    isNoAnswer(failure)
  );
}

/**
 * Does it until the server is there. What may be carried out twice only, for nobody knows what became of a statement
 * whose answer was lost.
 * @param signal of whoever waits for it: once it is aborted the server has a second more, or until an answer is overdue
 * @throws what `work` throws for other reasons
 */
export async function untilServed<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let late = 0; ; ) {
    try {
      return await (gaveUp.has(signal) ? atOnce(work()) : work());
    } catch (failure) {
      if (!isServerAway(failure)) throw failure;
      if (signal.aborted && isSilent(failure)) gaveUp.add(signal);
      if (gaveUp.has(signal) || (signal.aborted && ++late > triesAfterStop)) throw failure;
      await wait(againMs);
    }
  }
}

/** Whether a server was waited for in vain, be it to connect or for an answer. */
function isSilent(failure: unknown): boolean {
  const { cause } = isMeshError(failure) ? failure : { cause: failure };
  return isNoAnswer(failure) || (cause instanceof Error && /timeout/i.test(cause.message));
}

/** Of those who were told to stop, and have waited for an answer in vain: what they still ask need not be waited for. */
const gaveUp = new WeakSet<AbortSignal>();

async function atOnce<Result>(answer: Promise<Result>): Promise<Result> {
  const late = wait(againMs * triesAfterStop, undefined, { ref: false }).then(() => {
    throw new Error(noAnswerMessage);
  });
  return Promise.race([answer, late]);
}

/** A control plane that waits for its server; for statements and transactions that may be carried out twice. */
export function patientControl(control: ControlPlane, signal: AbortSignal): ControlPlane {
  if (control.kind === "embedded") return control;
  return {
    ...control,
    query: (sql, params) => untilServed(() => control.query(sql, params), signal),
    execute: (script) => untilServed(() => control.execute(script), signal),
    transaction: (work) => untilServed(() => control.transaction(work), signal),
  };
}
