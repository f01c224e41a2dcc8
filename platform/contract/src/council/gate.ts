import { type Council, type CouncilMember, type CouncilRole, isAuthor } from "./council.ts";
import { type Gravity, gravityOf, type Review, type ReviewedProduct } from "./review.ts";

/** What must come together before a changeset is released. */
export interface Gate {
  readonly gravity: Gravity;
  /** Approvals of members who are not the author, count. */
  readonly approvals: number;
  /** Of these approvals, some must come from certain members, one each. */
  readonly seats: readonly Seat[];
  /** Domains that must answer before `ackUntil`, or be outvoted after it. */
  readonly acksFrom: readonly string[];
  /** Epoch ms. */
  readonly ackUntil: number;
  /** Epoch ms; absent when nothing breaks. */
  readonly noticeUntil?: number;
  /** Approvals that go on without a domain's consent, count. */
  readonly supermajority: number;
  /** Why the gate is as high as it is, in words. */
  readonly because: readonly string[];
}

export interface Seat {
  readonly role: CouncilRole;
  /** In words: `an owner of ontrack-learning`. */
  readonly says: string;
  /** Names of those who can fill it. */
  readonly members: readonly string[];
}

const dayMs = 86_400_000;

export function gateOf(review: Review, council: Council): Gate {
  const gravity = gravityOf(review);
  const electors = council.members.filter((member) => !isAuthor(member, review.authors));
  const high = gravity === "MAJOR" ? highReasons(review.products, council) : [];
  const breaks = gravity === "MAJOR";
  return {
    gravity,
    approvals: { PATCH: 0, MINOR: 1, DANGEROUS: 2, MAJOR: council.quorum + (high.length > 0 ? 1 : 0) }[gravity],
    seats: seatsOf(review, gravity, electors),
    acksFrom: breaks ? affectedDomains(review.products) : [],
    ackUntil: review.opened + council.ackDays * dayMs,
    ...(breaks && { noticeUntil: review.notice + council.noticeDays * dayMs }),
    supermajority: Math.ceil(council.supermajority * electors.length),
    because: [rules[gravity], ...high],
  };
}

const rules: Readonly<Record<Gravity, string>> = {
  PATCH: "nothing that was promised changes: no vote needed",
  MINOR: "something is added: one approval of somebody who is not the author",
  DANGEROUS: "consumers may be surprised: two approvals, of the owner and of a steward or the privacy steward",
  MAJOR: "consumers break: the quorum of the council, an answer of every affected domain, and notice",
};

function highReasons(products: readonly ReviewedProduct[], { highTrafficShare }: Council): string[] {
  const sensitive = [...new Set(products.flatMap((one) => one.sensitive ?? []))];
  const busy = products.filter(({ impact }) => (impact?.readShare ?? 0) > highTrafficShare);
  return [
    ...(sensitive.length > 0
      ? [`one more approval: ${sensitive.join(", ")} is confidential, restricted or critical`]
      : []),
    ...busy.map(
      ({ product, impact }) => `one more approval: ${percent(impact?.readShare)} of the reads of ${product} break`,
    ),
  ];
}

function percent(share = 0): string {
  return `${Math.round(share * 100)} %`;
}

export function affectedDomains(products: readonly ReviewedProduct[]): string[] {
  return [...new Set(products.flatMap(({ impact }) => impact?.affected ?? []))].sort();
}

/** DANGEROUS asks for the owner and a steward; whatever touches privacy for the privacy steward. */
function seatsOf(review: Review, gravity: Gravity, electors: readonly CouncilMember[]): Seat[] {
  const privacy = review.products.some((one) => (one.privacy ?? []).length > 0);
  const guardian = seat("privacy", undefined, electors);
  if (gravity === "MAJOR") return privacy ? [guardian] : [];
  if (gravity !== "DANGEROUS") return [];
  const risky = review.products.filter(({ dangerous }) => dangerous).map(({ product }) => product.split("/")[0] ?? "");
  const domains = [...new Set(risky)].sort();
  const owners = domains.map((domain) => seat("owner", domain, electors));
  return [...owners, ...(privacy ? [guardian] : domains.map((domain) => seat("steward", domain, electors)))];
}

/** Those who have the role for the domain; without such, whoever stands in for all; without such, whoever has the role. */
function seat(role: CouncilRole, domain: string | undefined, electors: readonly CouncilMember[]): Seat {
  const holders = electors.filter(({ roles }) => roles.includes(role));
  const own = domain === undefined ? holders : holders.filter(({ domains }) => domains.includes(domain));
  const deputies = holders.filter(({ domains }) => domains.includes("*"));
  const members = [own, deputies, holders].find((some) => some.length > 0) ?? [];
  const says = `${role === "owner" ? "an" : "a"} ${role}${domain === undefined ? " steward" : ` of ${domain}`}`;
  return { role, says, members: members.map(({ name }) => name) };
}
