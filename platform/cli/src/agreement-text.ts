import type { Agreement } from "@thoth/access/agreement";
import type { AgreementEvent } from "@thoth/access/agreements/access-call";
import { stateOfAgreement } from "@thoth/access/agreements/agreement-state";
import { isoTime } from "./iso-times.ts";
import { shownLines, shownText } from "./shown-text.ts";
import { waitingWords } from "./waiting-for.ts";
import { untilWords, wholeDay, writeMoment } from "./written-moment.ts";

/** As programs read it: with its state, and times in ISO 8601. `until` is the first moment after, `lastDay` the day it ends with. */
export function agreementJson(agreement: Agreement, now: number): object {
  const { from, until, reassessAt, requestedAt, approvals, ended, ...rest } = agreement;
  return {
    ...rest,
    state: stateOfAgreement(agreement, now),
    from: isoTime(from),
    until: isoTime(until),
    lastDay: wholeDay(until, "end") ?? null,
    reassessAt: reassessAt === null ? null : isoTime(reassessAt),
    requestedAt: isoTime(requestedAt),
    approvals: approvals.map(({ at, ...approval }) => ({ ...approval, at: isoTime(at) })),
    ...(ended && { ended: { ...ended, at: isoTime(ended.at) } }),
  };
}

/** As a row of a table. */
export function agreementRow(agreement: Agreement, now: number) {
  const { id, consumer, product, major, purpose, role, until } = agreement;
  return {
    id,
    consumer,
    product: major === 1 ? product : `${product} v${major}`,
    purpose,
    role,
    state: stateOfAgreement(agreement, now),
    "until (UTC)": writeMoment(until, "end"),
  };
}

export interface AgreementStanding {
  readonly history: readonly AgreementEvent[];
  /** Accounts, of each person that is missing. */
  readonly waitsFor: readonly (readonly string[])[];
  readonly now: number;
}

/** Where the lines behind the first stand, so that what somebody writes does not look like what is on the record. */
const besideNames = " ".repeat(11);

/** All of it, for people. */
export function agreementText(agreement: Agreement, { history, waitsFor, now }: AgreementStanding): string {
  const { id, consumer, product, major, purpose, role, columns, rows, from, until, reassessAt, reason } = agreement;
  const scope = Object.entries(rows).map(([column, values]) => `${column} is ${values.map(shownText).join(" or ")}`);
  const lines: readonly (readonly [string, string])[] = [
    ["agreement", `${id}, ${stateOfAgreement(agreement, now)}`],
    ["consumer", consumer],
    ["product", `${product}, version ${major}`],
    ["purpose", purpose],
    ["role", role],
    ["columns", columns?.join(", ") ?? "all that the role shows"],
    ["rows", scope.join(" and ") || "all that the role shows"],
    ["time", `from ${writeMoment(from, "start")} ${untilWords(until)}`],
    ["looked at", reassessAt === null ? "not before it ends" : `again at ${writeMoment(reassessAt, "start")} (UTC)`],
    ["reason", reason],
    ...(waitsFor.length === 0 ? [] : [["waits for", waitingWords(waitsFor)] as const]),
  ];
  const told = history.map(({ at, actor, action, reason: why }) => {
    const words = why === "" || why === reason ? "" : `: ${shownLines(why, besideNames)}`;
    return `  ${isoTime(at)}  ${action} by ${shownText(actor)}${words}`;
  });
  const shown = lines.map(([name, value]) => `${name.padEnd(10)} ${shownLines(value, besideNames)}`);
  return [...shown, "history", ...told, ""].join("\n");
}
