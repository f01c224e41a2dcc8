/** What became of one promise, anomaly, comparison of counts or look at a source in one run. */
export interface QualityResult {
  readonly runId: string;
  readonly domain: string;
  /** Null for runs that serve several products, such as an extraction. */
  readonly product: string | null;
  /** Null where no contract is held against anything. */
  readonly contractVersion: string | null;
  /** Stable within product and version: `required:code`, `rule:has-units`, `anomaly:rowCount`. */
  readonly checkId: string;
  readonly kind: "promise" | "anomaly" | "reconciliation" | "drift";
  readonly column: string | null;
  /** In the standard's words: accuracy, completeness, conformity, consistency, coverage, timeliness, uniqueness. */
  readonly dimension: string;
  readonly severity: "info" | "warning" | "error";
  /** `not-run`: nobody could judge it here, and `says` tells what it asks. */
  readonly status: "passed" | "failed" | "not-run";
  /** As text, because it may be a number, a text or a truth value; null when there was nothing to measure. */
  readonly measured: string | null;
  readonly expected: string | null;
  /** In the words of the contract. */
  readonly says: string;
  /** Epoch ms. */
  readonly judgedAt: number;
}

/** What the rows of one published snapshot are like. */
export interface ProductProfile {
  readonly snapshotId: string;
  readonly runId: string;
  readonly domain: string;
  readonly product: string;
  readonly contractVersion: string;
  /** Epoch ms. */
  readonly profiledAt: number;
  readonly rowCount: number;
  /** How many rows distinct counts, quantiles and top values were taken from; all of them unless the product is large. */
  readonly sampledRows: number;
  readonly durationMs: number;
  readonly columns: readonly ColumnProfile[];
}

/** Values are texts as the engine writes them. What would show single values is absent for confidential columns. */
export interface ColumnProfile {
  readonly name: string;
  readonly nulls: number;
  /** Approximate; absent for types that are not compared and beyond the first columns of very wide products. */
  readonly distinct?: number;
  readonly minimum?: string;
  readonly maximum?: string;
  /** Of finite numbers. */
  readonly mean?: number;
  /** At 0.05, 0.25, 0.5, 0.75, 0.95; approximate. */
  readonly quantiles?: readonly number[];
  /** The most frequent values, most frequent first. */
  readonly top?: readonly { readonly value: string; readonly count: number }[];
}
