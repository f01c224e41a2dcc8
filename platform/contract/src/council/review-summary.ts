import { changesetPath } from "../changeset/changeset-file.ts";
import { type Council, isAuthor, memberNamed } from "./council.ts";
import { affectedDomains, gateOf } from "./gate.ts";
import { judgeReview, type Reason, type ReviewVerdict } from "./judge-review.ts";
import type { Ack, Review, ReviewedProduct, Vote } from "./review.ts";
import { dayOf } from "./review-words.ts";

/** For a terminal: what changes, whom it breaks, which rule applies, who has said what, and what is missing. Ends without a line break. */
export function reviewSummary(review: Review, council: Council, now: number): string {
  const gate = gateOf(review, council);
  const verdict = judgeReview(review, council, now);
  const { changeset, authors, opened } = review;
  return [
    `${changeset}: ${gate.gravity}, ${stateWord(verdict)}`,
    `  by ${authors.join(", ")}, opened ${dayOf(opened)}; words and queries are in ${changesetPath(changeset)}`,
    ...review.products.flatMap(describeProduct),
    ...titled("Whom it breaks", describeAffected(review)),
    ...titled("Rule", gate.because),
    ...titled("Votes", describeVotes(review, council)),
    ...titled(verdict.kind === "released" ? "Still owed" : "Before it is released", describeMissing(verdict)),
  ].join("\n");
}

export function stateWord(verdict: ReviewVerdict): string {
  if (verdict.kind === "releasable") return verdict.by === "emergency" ? "releasable in an emergency" : "releasable";
  if (verdict.kind !== "released") return verdict.kind;
  const after =
    verdict.followUp === undefined ? "" : `, review ${verdict.followUp.kind} by ${dayOf(verdict.followUp.until)}`;
  return `released ${dayOf(verdict.at)}${after}`;
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function describeProduct({ product, from, to, differences, impact }: ReviewedProduct): string[] {
  const seen = new Map((impact?.elements ?? []).map(({ path, summary }) => [path, summary]));
  const lines = differences.flatMap(({ class: changeClass, dangerous, message, path }) => [
    `  ${dangerous === true ? "DANGEROUS" : changeClass}  ${oneLine(message)}`,
    ...(seen.has(path) && changeClass === "MAJOR" ? [`         ${seen.get(path)}`] : []),
  ]);
  return ["", `${product} ${from === undefined ? "(new)" : `${from} →`} ${to}`, ...lines];
}

/** An answer to something else than what is recorded now does not count. */
function describeAffected({ products, acks, digest }: Review): string[] {
  return affectedDomains(products).map((domain) => {
    const answer: Ack | undefined = acks.findLast((ack) => ack.domain === domain && ack.digest === digest);
    if (answer === undefined) return `${domain}: has not answered`;
    return `${domain}: ${answer.ack}, says ${answer.by} on ${dayOf(answer.at)}${reasonText(answer.reason)}`;
  });
}

function describeVotes({ votes, digest, authors }: Review, council: Council): string[] {
  return votes.map((vote) => {
    const emergency = vote.emergency === true ? " in an emergency" : "";
    return `${vote.by}: ${vote.vote}${emergency} on ${dayOf(vote.at)}${reasonText(vote.reason)}${doubt(vote, { digest, authors }, council)}`;
  });
}

function doubt(vote: Vote, { digest, authors }: Pick<Review, "digest" | "authors">, council: Council): string {
  const member = memberNamed(council, vote.by);
  if (member === undefined) return " (does not count: not on the council)";
  if (isAuthor(member, authors)) return " (does not count: wrote it)";
  return vote.digest === digest ? "" : " (void: it has changed since)";
}

function reasonText(reason: string | undefined): string {
  return reason === undefined ? "" : `: ${oneLine(reason)}`;
}

/** What people wrote must not steer a terminal. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}

function describeMissing(verdict: ReviewVerdict): string[] {
  if (verdict.kind === "open" || verdict.kind === "blocked") return reasonLines(verdict.reasons);
  if (verdict.kind === "released") return verdict.followUp ? reasonLines(verdict.followUp.reasons) : [];
  return ["nothing is missing: npm run version"];
}

function reasonLines(reasons: readonly Reason[]): string[] {
  return reasons.flatMap(({ message, hint }) => [message, `  ${hint}`]);
}
