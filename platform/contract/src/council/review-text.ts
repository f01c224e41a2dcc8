import { stringify } from "yaml";
import { appendEntry, replaceEntry, replaceTop } from "../changeset/yaml-entries.ts";
import type { ReviewDocument } from "./read-review.ts";
import { type Ack, type Release, type ReviewSubject, subjectDigest, type Vote } from "./review.ts";

/** A review nobody has voted on yet. */
export function reviewText(subject: ReviewSubject): string {
  const { changeset, authors, opened, notice, products } = subject;
  const header = `# The council's record of one changeset: what it changes, and who decided what. mesh council show ${changeset}
# Votes count for the digest they name; an edit of anything recorded here, or of the contracts, makes them void.
`;
  const body = stringify(
    { changeset, authors, opened: instant(opened), notice: instant(notice), digest: subjectDigest(subject), products },
    { lineWidth: 0 },
  );
  return `${header}${body}
# one line an answer of an affected domain: approved, migrating or blocked
acks:

# one line a vote of a council member
votes:
`;
}

/** The same review for a change that has gone on; what was said about it before stays on record. */
export function updatedReviewText(text: string, subject: ReviewSubject): string {
  const parts: readonly (readonly [string, unknown])[] = [
    ["authors", subject.authors],
    ["opened", instant(subject.opened)],
    ["notice", instant(subject.notice)],
    ["digest", subjectDigest(subject)],
    ["products", subject.products],
  ];
  return parts.reduce((written, [key, value]) => replaceTop(written, key, value), text);
}

/** Takes the place of what the member said before about the same state. */
export function withVote({ text, review }: ReviewDocument, vote: Vote): string {
  const index = review.votes.findIndex((one) => one.by === vote.by && one.digest === vote.digest);
  return write(text, "votes", { index, entry: timed(vote) });
}

/** Takes the place of what the domain answered before about the same state. */
export function withAck({ text, review }: ReviewDocument, ack: Ack): string {
  const index = review.acks.findIndex((one) => one.domain === ack.domain && one.digest === ack.digest);
  return write(text, "acks", { index, entry: timed(ack) });
}

export function withRelease(text: string, release: Release): string {
  return replaceTop(text, "released", timed(release));
}

function write(
  text: string,
  key: string,
  { index, entry }: { readonly index: number; readonly entry: object },
): string {
  return index < 0 ? appendEntry(text, key, entry) : replaceEntry(text, key, { index, entry });
}

function timed<Value extends { readonly at: number }>(value: Value): object {
  return { ...value, at: instant(value.at) };
}

/** To the second: `2026-11-22T05:40:00Z`. */
function instant(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
