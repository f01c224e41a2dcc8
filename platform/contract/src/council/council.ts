/** What a member of the council answers for. */
export type CouncilRole = "owner" | "steward" | "privacy" | "emergency";

export interface CouncilMember {
  /** A role account: `ontrack-steward`. Votes name it. */
  readonly name: string;
  readonly roles: readonly CouncilRole[];
  /** Domains the member speaks for; `*` for all that nobody else speaks for. */
  readonly domains: readonly string[];
  /** Other names the same account goes by: in git, or in contracts. */
  readonly accounts: readonly string[];
}

/** `contracts/council.yaml`: who decides about contracts, and by which numbers. */
export interface Council {
  readonly members: readonly CouncilMember[];
  /** Approvals that a breaking change needs, count. */
  readonly quorum: number;
  /** Share of the council that can go on without a domain's consent, 0..1. */
  readonly supermajority: number;
  /** Share of a product's reads from which on a breaking change needs one more approval, 0..1. */
  readonly highTrafficShare: number;
  /** What a new value of an enum is to readers; DANGEROUS when absent. */
  readonly enumAdditions?: "DANGEROUS" | "MAJOR";
  /** Days that consumers are told of a breaking change in advance. */
  readonly noticeDays: number;
  /** Days that an affected domain has to answer. */
  readonly ackDays: number;
  /** Days before the end in which what goes may fail on purpose. */
  readonly brownOutDays: number;
  /** Days within which an emergency release is reviewed. */
  readonly emergencyReviewDays: number;
}

export function memberNamed({ members }: Council, name: string): CouncilMember | undefined {
  return members.find((member) => member.name === name);
}

/** By the member's own name, or another one of the same account: `Ada <ada@example.org>` is known by name and by address. */
export function memberOfAccount({ members }: Council, account: string): CouncilMember | undefined {
  const names = accountNames(account);
  return members.find((member) => [member.name, ...member.accounts].some((one) => names.includes(one.toLowerCase())));
}

/** Whether a member has written, or helped to write, a changeset. */
export function isAuthor(member: CouncilMember, authors: readonly string[]): boolean {
  const names = authors.flatMap(accountNames);
  return [member.name, ...member.accounts].some((one) => names.includes(one.toLowerCase()));
}

/** Members who answer a domain's affairs: those who name it, or without such those who stand in for all. */
export function speakersFor({ members }: Council, domain: string): CouncilMember[] {
  const own = members.filter(({ domains }) => domains.includes(domain));
  return own.length > 0 ? own : members.filter(({ domains }) => domains.includes("*"));
}

function accountNames(account: string): string[] {
  const [, name, address] = /^\s*(.*?)\s*<([^>]*)>\s*$/.exec(account) ?? [undefined, account];
  return [account, name, address].flatMap((one) => (one === undefined || one === "" ? [] : [one.trim().toLowerCase()]));
}
