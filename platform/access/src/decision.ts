import type { Mask } from "@thoth/contract/access-terms";

/** Who asks. `anonymous` when no credential was given. */
export interface Principal {
  readonly name: string;
  /** Absent: a person, as a token says. */
  readonly kind?: PrincipalKind;
  readonly roles: readonly string[];
  /** Several values of one attribute are separated by commas: `units` → `COS10001,COS20007`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What the credential is limited to; absent: nothing. */
  readonly limits?: CredentialLimits;
}

export type PrincipalKind = "anonymous" | "person" | "service";

export interface CredentialLimits {
  /** Ids of the only products it may read. */
  readonly products?: readonly string[];
  /** The only purposes it may read for. */
  readonly purposes?: readonly string[];
}

export const anonymous: Principal = { name: "anonymous", kind: "anonymous", roles: [], attributes: {} };

/**
 * `aggregated`: may be summed up over groups of people and read in no other way.
 */
export type ColumnAccess = "clear" | "masked" | "aggregated" | "denied";

/** What one principal may see of one product for one purpose. Applied where SQL is built. */
export interface Decision {
  /** Column name → access. A column that is not listed is denied. */
  readonly columns: Readonly<Record<string, ColumnAccess>>;
  /** Masked column → how. One without a mask is shown as null. */
  readonly masks: Readonly<Record<string, Mask>>;
  /** False when nothing of the product may be read: not its rows, not its count. */
  readonly readable: boolean;
  /** SQL predicate over the product's stored columns, or null for every row. */
  readonly rowFilter: string | null;
  /** People at least behind each number; 1 when rows may be read. */
  readonly minGroupSize: number;
  /** Present when only aggregates may be read. */
  readonly grouping: Grouping | null;
  /** Makes hashes differ between consumers and purposes. No secret. */
  readonly salt: string;
  /** The purpose of the agreement that it rests on. */
  readonly purpose: string | null;
  /** Epoch ms; null when the decision does not expire. */
  readonly expiresAt: number | null;
  /** Id of the agreement that it rests on. */
  readonly agreement: string | null;
  /** Why, in words for the one who asks. Not part of the fingerprint. */
  readonly reasons: readonly string[];
  /** What the one who asks does to see more, in words; absent when there is nothing more. Not part of the fingerprint. */
  readonly advice?: string;
  /** Equal decisions have equal fingerprints; part of every cache key. */
  readonly fingerprint: string;
}

export interface Grouping {
  /** Column whose distinct values are the people; counted in each cell, never shown. */
  readonly subject: string;
  /** Columns that span the cells, some of which may be denied. Never empty. */
  readonly dimensions: readonly string[];
  /** Dimension → DuckDB type. */
  readonly types: Readonly<Record<string, string>>;
}
