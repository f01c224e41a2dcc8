import { type Council, speakersFor } from "./council.ts";
import type { Gate } from "./gate.ts";
import type { Reason } from "./judge-review.ts";
import type { Ack, Review } from "./review.ts";
import { countOf, dayOf } from "./review-words.ts";

export interface AnswerCourt {
  readonly now: number;
  readonly gate: Gate;
  readonly approvals: number;
}

/** Until the time to answer is over, a domain can veto; afterwards a large part of the council can go on without it. */
export function judgeAnswers(review: Review, council: Council, { now, gate, approvals }: AnswerCourt) {
  const { ackUntil, supermajority } = gate;
  const [vetoes, missing]: [Reason[], Reason[]] = [[], []];
  const over = now > ackUntil;
  for (const domain of gate.acksFrom) {
    const ack = lastAck(review, council, { domain, now });
    if (ack === "approved" || ack === "migrating" || (over && approvals >= supermajority)) continue;
    const outvote = `${countOf(supermajority, "approval")} can go on without it after ${dayOf(ackUntil)}.`;
    if (ack === "blocked")
      vetoes.push({ kind: "vetoed", message: `${domain} says it is blocked`, hint: `Help it to migrate. ${outvote}` });
    else
      missing.push({
        kind: "ack",
        message: `${domain} uses what breaks and has not answered`,
        hint: `Ask ${namesOf(speakersFor(council, domain))}: mesh council ack ${review.changeset} --domain ${domain}. ${outvote}`,
      });
  }
  return { vetoes, missing };
}

function lastAck(
  review: Review,
  council: Council,
  { domain, now }: { readonly domain: string; readonly now: number },
): Ack["ack"] | undefined {
  const speakers = speakersFor(council, domain).map(({ name }) => name);
  const valid = review.acks.filter(
    (ack) => ack.domain === domain && ack.digest === review.digest && ack.at <= now && speakers.includes(ack.by),
  );
  // two lines for one domain: the one that asks for more care counts
  return (["blocked", "migrating", "approved"] as const).find((word) => valid.some(({ ack }) => ack === word));
}

function namesOf(members: readonly { readonly name: string }[]): string {
  return members.map(({ name }) => name).join(" or ");
}
