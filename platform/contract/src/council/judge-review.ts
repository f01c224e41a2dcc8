import { type Council, isAuthor, memberNamed } from "./council.ts";
import { emptySeats } from "./empty-seats.ts";
import { type Gate, gateOf } from "./gate.ts";
import { judgeAnswers } from "./judge-answers.ts";
import { type Ack, type Review, subjectDigest, type Vote } from "./review.ts";
import { countOf, dayOf } from "./review-words.ts";

/** Where a review stands at one instant. */
export type ReviewVerdict =
  /** Somebody still has to do something. */
  | { readonly kind: "open"; readonly reasons: readonly Reason[] }
  /** Something stands against it: a rejection, a veto, a date that has not come, a record that was changed. */
  | { readonly kind: "blocked"; readonly reasons: readonly Reason[] }
  | { readonly kind: "releasable"; readonly by: "gate" | "emergency" }
  /** `followUp` is what an emergency release still owes. */
  | { readonly kind: "released"; readonly at: number; readonly followUp?: FollowUp };

export interface FollowUp {
  readonly kind: "due" | "overdue";
  /** Epoch ms. */
  readonly until: number;
  readonly reasons: readonly Reason[];
}

export interface Reason {
  readonly kind: "changed" | "rejected" | "vetoed" | "notice" | "approvals" | "seat" | "ack";
  readonly message: string;
  readonly hint: string;
  /** Epoch ms; what is only a matter of time is over then. */
  readonly until?: number;
}

const dayMs = 86_400_000;

/** @param now epoch ms */
export function judgeReview(review: Review, council: Council, now: number): ReviewVerdict {
  const gate = gateOf(review, council);
  const heard = countedVotes(review, council, now);
  const changed = isIntact(review) ? [] : [changedReason(review)];
  if (review.released) return judgeReleased(review, council, { now, reasons: [...changed, ...voting(heard, gate)] });
  if (changed.length === 0 && heard.emergency) return { kind: "releasable", by: "emergency" };
  const acks = judgeAnswers(review, council, { now, gate, approvals: heard.approvals.length });
  const blocking = [...changed, ...rejections(heard), ...acks.vetoes, ...noticeReasons(gate, now)];
  const missing = [...voting(heard, gate).filter(({ kind }) => kind !== "rejected"), ...acks.missing];
  if (blocking.length > 0) return { kind: "blocked", reasons: [...blocking, ...missing] };
  return missing.length > 0 ? { kind: "open", reasons: missing } : { kind: "releasable", by: "gate" };
}

/** Whether what is recorded is what the digest was taken of. */
export function isIntact(review: Review): boolean {
  return subjectDigest(review) === review.digest;
}

interface HeardVotes {
  /** Names, each once. */
  readonly approvals: readonly string[];
  readonly rejections: readonly string[];
  readonly emergency: boolean;
}

/** Votes that count: of members who are not the author, for what the review says now, and not from the future. */
function countedVotes(review: Review, council: Council, now: number): HeardVotes {
  const valid = review.votes.filter((vote) => isValid(vote, review, { council, now }));
  const against = new Set(valid.filter(({ vote }) => vote === "reject").map(({ by }) => by));
  const approving = valid.filter(({ vote, by }) => vote === "approve" && !against.has(by));
  const emergency = approving.some(
    (vote) => vote.emergency === true && memberNamed(council, vote.by)?.roles.includes("emergency"),
  );
  // an emergency approval releases, and leaves the review afterwards to others
  const ordinary = approving.filter((vote) => vote.emergency !== true);
  return { approvals: [...new Set(ordinary.map(({ by }) => by))], rejections: [...against], emergency };
}

function isValid(
  vote: Pick<Vote | Ack, "by" | "at" | "digest">,
  { digest, authors }: Review,
  { council, now }: { readonly council: Council; readonly now: number },
): boolean {
  const member = memberNamed(council, vote.by);
  return member !== undefined && !isAuthor(member, authors) && vote.digest === digest && vote.at <= now;
}

function judgeReleased(
  { released }: Review,
  { emergencyReviewDays }: Council,
  { now, reasons }: { readonly now: number; readonly reasons: readonly Reason[] },
): ReviewVerdict {
  const at = released?.at ?? now;
  if (released?.emergency !== true || reasons.length === 0) return { kind: "released", at };
  const until = at + emergencyReviewDays * dayMs;
  return { kind: "released", at, followUp: { kind: now <= until ? "due" : "overdue", until, reasons } };
}

/** What the votes lack. */
function voting(heard: HeardVotes, gate: Gate): Reason[] {
  const { approvals } = heard;
  const lacking = gate.approvals - approvals.length;
  const few: Reason[] =
    lacking <= 0
      ? []
      : [
          {
            kind: "approvals",
            message: `${countOf(approvals.length, "approval")} of ${gate.approvals}`,
            hint: `${countOf(lacking, "more member")} of the council who did not write it must approve: mesh council approve.`,
          },
        ];
  return [...rejections(heard), ...few, ...emptySeats(gate.seats, approvals)];
}

function rejections({ approvals, rejections: against }: HeardVotes): Reason[] {
  if (against.length === 0 || approvals.length > against.length) return [];
  return [
    {
      kind: "rejected",
      message: `Rejected by ${against.join(", ")}; ${countOf(approvals.length, "approval")} against it`,
      hint: "Settle it with them: change the contract and record the changeset again, or find more who approve.",
    },
  ];
}

function noticeReasons({ noticeUntil }: Gate, now: number): Reason[] {
  if (noticeUntil === undefined || now >= noticeUntil) return [];
  return [
    {
      kind: "notice",
      message: `Consumers have notice until ${dayOf(noticeUntil)}`,
      hint: "Release it then. An emergency approver can release it before, with a reason.",
      until: noticeUntil,
    },
  ];
}

/** That the record is not what its digest was taken of. */
export function changedReason({ changeset }: Review): Reason {
  return {
    kind: "changed",
    message: "What the review records is not what its digest was taken of",
    hint: `Undo the edit of contracts/reviews/${changeset}.yaml, or record it again: mesh contract changeset --name ${changeset}. Votes for what it was are void.`,
  };
}
