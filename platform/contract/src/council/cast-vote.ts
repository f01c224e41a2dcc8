import type { PlannedFile } from "../changeset/file-plan.ts";
import { findOpenChanges } from "../changeset/open-change.ts";
import type { ReleaseOptions } from "../changeset/product-change.ts";
import { isRecorded, mappingNow } from "../changeset/report-changes.ts";
import { contractError } from "../errors.ts";
import { type Council, type CouncilMember, isAuthor, memberNamed, speakersFor } from "./council.ts";
import { affectedDomains } from "./gate.ts";
import { isIntact } from "./judge-review.ts";
import { parseReview, type ReviewDocument } from "./read-review.ts";
import type { Ack, Vote } from "./review.ts";
import { withAck, withVote } from "./review-text.ts";

/** What a member says, without what the review and the clock add. */
export type Ballot = Pick<Vote, "by" | "vote" | "reason" | "emergency">;
export type Answer = Pick<Ack, "by" | "ack" | "reason"> & {
  /** Needed when the member speaks for several affected domains. */
  readonly domain?: string;
};

export interface Said {
  readonly document: ReviewDocument;
  readonly file: PlannedFile;
}

interface Chamber extends ReleaseOptions {
  readonly council: Council;
}

/**
 * The review with one vote more; nothing is written.
 * @throws MeshError `contract/not-on-council`, `contract/own-changeset`, `contract/no-emergency-role`, `contract/already-said`, `contract/review-stale`, `contract/review-released`
 */
export async function castVote(
  root: string,
  document: ReviewDocument,
  { ballot, council, ...options }: Chamber & { readonly ballot: Ballot },
): Promise<Said> {
  const { review } = document;
  const member = requireMember(council, ballot.by);
  requireOther(member, document);
  if (ballot.emergency === true && !member.roles.includes("emergency")) {
    const known = council.members.filter(({ roles }) => roles.includes("emergency")).map(({ name }) => name);
    throw contractError["no-emergency-role"]({ name: member.name, known });
  }
  const late = review.released?.emergency === true && ballot.emergency !== true;
  requireIntact(document);
  if (!late) await requireCurrent(root, document, options);
  const before = review.votes.find(({ by, digest }) => by === member.name && digest === review.digest);
  if (before?.vote === ballot.vote && (before.emergency ?? false) === (ballot.emergency ?? false))
    throw alreadySaid(member.name, ballot.vote, before.at);
  const { by, vote, reason, emergency } = ballot;
  const text = withVote(document, {
    by,
    vote,
    ...(emergency === true && { emergency }),
    at: options.now,
    digest: review.digest,
    ...(reason !== undefined && { reason }),
  });
  return said(document, text);
}

/**
 * The review with the answer of one affected domain more; nothing is written.
 * @throws MeshError `contract/not-on-council`, `contract/not-affected`, `contract/not-speaker`, `contract/already-said`, `contract/review-stale`, `contract/review-released`
 */
export async function giveAnswer(
  root: string,
  document: ReviewDocument,
  { answer, council, ...options }: Chamber & { readonly answer: Answer },
): Promise<Said> {
  const { review } = document;
  const { name } = requireMember(council, answer.by);
  const domain = answeringDomain(document, answer, council);
  requireIntact(document);
  await requireCurrent(root, document, options);
  const before = review.acks.find((one) => one.domain === domain && one.digest === review.digest);
  if (before?.ack === answer.ack) throw alreadySaid(domain, answer.ack, before.at);
  const { ack, reason } = answer;
  const { digest } = review;
  const text = withAck(document, {
    domain,
    ack,
    by: name,
    at: options.now,
    digest,
    ...(reason !== undefined && { reason }),
  });
  return said(document, text);
}

function requireMember(council: Council, name: string): CouncilMember {
  const member = memberNamed(council, name);
  if (member) return member;
  throw contractError["not-on-council"]({ name, known: council.members.map((one) => one.name) });
}

function requireOther(member: CouncilMember, { review, file }: ReviewDocument): void {
  if (!isAuthor(member, review.authors)) return;
  throw contractError["own-changeset"]({ name: member.name, changeset: review.changeset }, { at: { file } });
}

function requireIntact({ review, file }: ReviewDocument): void {
  if (isIntact(review)) return;
  const products = review.products.map(({ product }) => product);
  throw contractError["review-stale"]({ changeset: review.changeset, products }, { at: { file } });
}

/** Nobody decides about something else than what is there. */
async function requireCurrent(root: string, document: ReviewDocument, options: ReleaseOptions): Promise<void> {
  const { review, file } = document;
  const { changeset } = review;
  if (review.released) throw contractError["review-released"]({ changeset }, { at: { file } });
  const open = await findOpenChanges(root, { reviews: [document], ...options });
  const products = review.products.filter((entry) => {
    const change = open.find((one) => one.change.product === entry.product)?.change;
    return change === undefined || !isRecorded(entry, change, mappingNow(root, change, changeset));
  });
  if (products.length === 0) return;
  throw contractError["review-stale"](
    { changeset, products: products.map(({ product }) => product) },
    { at: { file } },
  );
}

function answeringDomain({ review, file }: ReviewDocument, { by, domain }: Answer, council: Council): string {
  const { changeset } = review;
  const affected = affectedDomains(review.products);
  const speaksFor = (one: string) => speakersFor(council, one).some(({ name }) => name === by);
  const own = affected.filter(speaksFor);
  const chosen = domain ?? (own.length === 1 ? own[0] : undefined);
  if (chosen === undefined) {
    if (own.length === 0) throw contractError["not-affected"]({ domain: by, changeset, affected }, { at: { file } });
    throw contractError["which-domain"]({ name: by, domains: own });
  }
  if (!affected.includes(chosen)) throw contractError["not-affected"]({ domain: chosen, changeset, affected });
  const speakers = speakersFor(council, chosen).map(({ name }) => name);
  if (!speakers.includes(by)) throw contractError["not-speaker"]({ name: by, domain: chosen, speakers });
  return chosen;
}

function alreadySaid(name: string, what: string, at: number): Error {
  return contractError["already-said"]({ name, what, at: new Date(at).toISOString().slice(0, 10) });
}

/** Reads what will be written, so that nothing is written that cannot be read. */
function said({ file }: ReviewDocument, text: string): Said {
  const { document, findings } = parseReview(text, file);
  if (document) return { document, file: { file, text } };
  throw contractError["review-invalid"]({ findings }, { at: { file } });
}
