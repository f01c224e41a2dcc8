/** Who asks. `anonymous` when no token was given. */
export interface Principal {
  readonly name: string;
  readonly roles: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

export const anonymous: Principal = { name: "anonymous", roles: [], attributes: {} };

export type ColumnAccess = "clear" | "masked" | "denied";

/** What one principal may see of one product for one purpose. Applied where SQL is built. */
export interface Decision {
  /** Column name → access. A column that is not listed is denied. */
  readonly columns: Readonly<Record<string, ColumnAccess>>;
  /** False when nothing of the product may be read: not its rows, not its count. */
  readonly readable: boolean;
  /** SQL predicate over the product's columns, or null for every row. */
  readonly rowFilter: string | null;
  readonly minGroupSize: number;
  /** Epoch ms; null when the decision does not expire. */
  readonly expiresAt: number | null;
  readonly agreement: string | null;
  /** Equal decisions have equal fingerprints; part of every cache key. */
  readonly fingerprint: string;
}
