import type { DocumentPath, Finding } from "../finding.ts";
import { type Council, isAuthor, memberNamed, speakersFor } from "./council.ts";
import { affectedDomains } from "./gate.ts";
import type { ReviewDocument } from "./read-review.ts";

interface Fault {
  readonly path: DocumentPath;
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * What no vote or acknowledgement can be: of somebody who is not on the council or wrote the changeset, twice by the same,
 * or from the future. Commands write no such line, so somebody edited the file.
 */
export function reportVotes(document: ReviewDocument, council: Council, now: number): Finding[] {
  const faults = [...voteFaults(document, council, now), ...ackFaults(document, council, now)];
  return faults.map(({ path, ...text }) => ({
    ...text,
    severity: "error",
    file: document.file,
    ...document.locate(path),
    path: path.join("."),
  }));
}

function voteFaults({ review }: ReviewDocument, council: Council, now: number): Fault[] {
  return review.votes.flatMap(({ by, at, digest }, index) => {
    const path = ["votes", index] as const;
    const before = review.votes.slice(0, index);
    const member = memberNamed(council, by);
    return [
      ...strangers(by, council, [...path, "by"]),
      ...future(at, now, [...path, "at"]),
      ...(member && isAuthor(member, review.authors) ? [ownVote(by, [...path, "by"])] : []),
      ...(before.some((one) => one.by === by && one.digest === digest) ? [twice(by, [...path, "by"])] : []),
    ];
  });
}

function ackFaults({ review }: ReviewDocument, council: Council, now: number): Fault[] {
  const affected = affectedDomains(review.products);
  return review.acks.flatMap(({ domain, by, at, digest }, index) => {
    const path = ["acks", index] as const;
    const before = review.acks.slice(0, index);
    const speakers = speakersFor(council, domain).map(({ name }) => name);
    const known = memberNamed(council, by) !== undefined;
    return [
      ...strangers(by, council, [...path, "by"]),
      ...future(at, now, [...path, "at"]),
      ...(known && !speakers.includes(by) ? [notSpeaker(by, domain, [...path, "by"])] : []),
      ...(digest === review.digest && !affected.includes(domain) ? [notAffected(domain, [...path, "domain"])] : []),
      ...(before.some((one) => one.domain === domain && one.digest === digest)
        ? [twice(domain, [...path, "domain"])]
        : []),
    ];
  });
}

function strangers(by: string, council: Council, path: DocumentPath): Fault[] {
  if (memberNamed(council, by)) return [];
  const hint = "Remove the line, or name the member in contracts/council.yaml.";
  return [{ path, rule: "review-stranger", message: `${by} is not on the council`, hint }];
}

function future(at: number, now: number, path: DocumentPath): Fault[] {
  if (at <= now) return [];
  const message = `This is dated ${new Date(at).toISOString()}, which is still to come`;
  return [{ path, rule: "review-future", message, hint: "Remove the line; mesh council writes the time it is." }];
}

function ownVote(by: string, path: DocumentPath): Fault {
  const message = `${by} wrote this changeset and votes on it`;
  return { path, rule: "review-own-vote", message, hint: "Remove the line, and ask another member." };
}

function twice(name: string, path: DocumentPath): Fault {
  const message = `${name} stands here a second time for the same digest`;
  return { path, rule: "review-twice", message, hint: "Keep one of the lines; only one can count." };
}

function notSpeaker(by: string, domain: string, path: DocumentPath): Fault {
  const hint = "Remove the line; contracts/council.yaml names who speaks for a domain.";
  return { path, rule: "review-not-speaker", message: `${by} does not speak for ${domain}`, hint };
}

function notAffected(domain: string, path: DocumentPath): Fault {
  const message = `${domain} is not among those that the change was seen to affect`;
  return { path, rule: "review-not-affected", message, hint: "Remove the line, or correct the domain's name." };
}
