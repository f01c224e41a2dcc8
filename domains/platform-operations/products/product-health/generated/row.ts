// Generated from the contract platform-operations/product-health 1.1.1 by `npm run generate`; changes belong there.

/**
 * The state of every data product, day by day: rows, freshness against the promise of its contract, checks and runs.
 */
export interface ProductHealthRow {
  /**
   * Domain and name of the product.
   */
  product_id: string;
  /**
   * Day in UTC.
   */
  day: string;
  /**
   * Domain that owns the product.
   */
  domain: string;
  /**
   * Name of the product in its domain.
   */
  product: string;
  /**
   * How the product's newest run up to then had ended.
   */
  last_status: "success" | "partial" | "failed" | "aborted" | "skipped" | null;
  /**
   * Rows served at the end of the day; null before the first publish, and for products about people.
   */
  row_count: bigint | null;
  /**
   * Snapshots published on the day; a run that finds nothing changed publishes none.
   */
  snapshots_published: number;
  /**
   * Runs of the product that ended on the day.
   */
  runs: number;
  /**
   * Runs of the day that did not end with success.
   */
  runs_not_succeeded: number;
  /**
   * Promises of the contract that held when it was last audited.
   */
  checks_passed: number | null;
  /**
   * Rules of severity warning or info that did not hold then.
   */
  checks_warned: number | null;
  /**
   * Rules of severity error that did not hold then.
   */
  checks_failed: number | null;
  /**
   * Event time up to which the product was complete.
   */
  watermark: string | null;
  /**
   * The instant the day is judged at.
   */
  judged_at: string;
  /**
   * Hours from the watermark to that instant.
   */
  lag_hours: number | null;
  /**
   * The contract's promise (SLA property latency) in hours; null when it makes none.
   */
  promised_lag_hours: number | null;
  /**
   * Whether the lag was within the promise; null before the first publish or without a promise.
   */
  fresh: boolean | null;
}
