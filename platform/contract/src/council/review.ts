import { valueDigest } from "../changeset/content-digest.ts";
import type { Difference } from "../diff/contract-diff.ts";

/** `contracts/reviews/<changeset>.yaml`: what a changeset changes, and who decided what about it. Times are epoch ms. */
export interface Review extends ReviewSubject {
  /** Of the subject. Votes and acknowledgements count for the digest that they name. */
  readonly digest: string;
  readonly acks: readonly Ack[];
  readonly votes: readonly Vote[];
  /** Absent until it is released. */
  readonly released?: Release;
}

/** What is voted on. */
export interface ReviewSubject {
  /** Name of the changeset, and of the file. */
  readonly changeset: string;
  /** Whoever wrote it; none of them can approve it. */
  readonly authors: readonly string[];
  readonly opened: number;
  /** Since when consumers know of what breaks. */
  readonly notice: number;
  readonly products: readonly ReviewedProduct[];
}

export interface ReviewedProduct {
  /** `ontrack-learning/units` */
  readonly product: string;
  /** Absent for a first version. */
  readonly from?: string;
  readonly to: string;
  readonly class: "MAJOR" | "MINOR" | "PATCH";
  readonly dangerous: boolean;
  /** SHA-256 of the published contract that it is compared with. */
  readonly published?: string;
  /** SHA-256 of the contract in work, apart from its version. */
  readonly contract: string;
  /** SHA-256 of the query that gives the old major version from the new one. */
  readonly mapping?: string;
  /** Why the privacy steward has to agree. */
  readonly privacy?: readonly string[];
  /** Columns that break and are confidential, restricted or critical. */
  readonly sensitive?: readonly string[];
  readonly differences: readonly ReviewedDifference[];
  readonly impact?: RecordedImpact;
}

export type ReviewedDifference = Pick<Difference, "rule" | "class" | "path" | "message"> & {
  readonly dangerous?: boolean;
};

/** Whom a change reaches, as observed when the review was written. */
export interface RecordedImpact {
  /** Start of the period that was looked at: `2026-08-24`. */
  readonly since: string;
  /** Domains, or consumers without one, that must acknowledge what breaks. */
  readonly affected: readonly string[];
  /** Share of the product's reads that touch what breaks, 0..1; absent when nobody read it. */
  readonly readShare?: number;
  readonly elements: readonly {
    readonly path: string;
    readonly summary: string;
    readonly consumers?: readonly string[];
  }[];
}

export interface Vote {
  readonly by: string;
  readonly vote: "approve" | "reject";
  readonly at: number;
  readonly digest: string;
  readonly reason?: string;
  /** Release first, review afterwards. */
  readonly emergency?: boolean;
}

export interface Ack {
  /** The affected domain, or the consumer without one. */
  readonly domain: string;
  /** `blocked` is a veto until the time to answer is over. */
  readonly ack: "approved" | "migrating" | "blocked";
  readonly by: string;
  readonly at: number;
  readonly digest: string;
  readonly reason?: string;
}

export interface Release {
  readonly at: number;
  readonly emergency?: boolean;
}

/** Covers all that is recorded about the change: an edit of any of it voids the votes. */
export function subjectDigest({ changeset, authors, opened, notice, products }: ReviewSubject): string {
  return valueDigest({ changeset, authors, opened, notice, products });
}

export type Gravity = "PATCH" | "MINOR" | "DANGEROUS" | "MAJOR";

const gravities: readonly Gravity[] = ["PATCH", "MINOR", "DANGEROUS", "MAJOR"];

/** The gravest of all products decides. */
export function gravityOf({ products }: Pick<ReviewSubject, "products">): Gravity {
  const ranks = products.map((one) =>
    gravities.indexOf(one.class === "MINOR" && one.dangerous ? "DANGEROUS" : one.class),
  );
  return gravities[Math.max(0, ...ranks)] ?? "PATCH";
}
