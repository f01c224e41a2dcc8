// Generated from the contract platform-operations/pipeline-runs 1.0.3 by `npm run generate`; changes belong there.

/**
 * Every run of every pipeline that has ended: when it ran, what it read and changed, and why it failed. The run ledger as a data product.
 */
export interface PipelineRunRow {
  /**
   * Identifier of the run, ordered by time.
   */
  run_id: string;
  /**
   * The run of the whole domain that this run was part of; null for that run itself.
   */
  parent_run_id: string | null;
  /**
   * Domain whose pipeline ran.
   */
  domain: string;
  /**
   * Product that the run publishes; null for runs that serve several products.
   */
  product: string | null;
  /**
   * What ran, be it the domain as a whole or the extraction of a stream or a clean table or a product.
   */
  pipeline: string;
  /**
   * How often this work has been tried, from 1.
   */
  attempt: number;
  /**
   * Why it ran.
   */
  trigger: "schedule" | "event" | "backfill" | "manual";
  /**
   * The part of the data that was asked for; null for all of it.
   */
  partition_key: string | null;
  /**
   * Version of the domain's package.
   */
  code_version: string;
  /**
   * Version of the contract that the product was held to; null for other runs.
   */
  contract_version: string | null;
  /**
   * How it ended.
   */
  status: "success" | "partial" | "failed" | "aborted" | "skipped";
  /**
   * Since when it waited for its turn; when it began where nobody sent it.
   */
  queued_at: string;
  /**
   * When it began; null when it never did.
   */
  started_at: string | null;
  /**
   * When it ended.
   */
  completed_at: string;
  /**
   * From start to end in milliseconds.
   */
  duration_ms: bigint | null;
  /**
   * Rows read from the source or computed by the query; null where it would tell of people.
   */
  rows_read: bigint | null;
  /**
   * Rows that are new; null where it would tell of people.
   */
  rows_inserted: bigint | null;
  /**
   * Rows whose key was there before with other values; null where it would tell of people.
   */
  rows_updated: bigint | null;
  /**
   * Rows that are gone; null where it would tell of people.
   */
  rows_deleted: bigint | null;
  /**
   * Rows that were read and not taken over; null where it would tell of people.
   */
  rows_rejected: bigint | null;
  /**
   * Rows of the table or snapshot after the run; null where it would tell of people.
   */
  row_count_after: bigint | null;
  /**
   * Bytes read from the source; null where it would tell of people.
   */
  bytes_in: bigint | null;
  /**
   * Bytes of the snapshot that was written; null where it would tell of people.
   */
  bytes_out: bigint | null;
  /**
   * Where the source had been read up to, or the snapshots of other products that were read.
   */
  checkpoint_before: unknown;
  /**
   * Where the source has been read up to.
   */
  checkpoint_after: unknown;
  /**
   * What kind of failure ended it; null when none did.
   */
  failure_class: "source" | "schema" | "quality" | "consent" | "policy" | "system" | "timeout" | null;
  /**
   * Step in which it failed.
   */
  failure_step: string | null;
  /**
   * Code and message and place of the failure and what to do about it, without numbers where they would tell of people.
   */
  failure_message: string | null;
  /**
   * The run that failed first and made this one fail or be skipped.
   */
  root_cause_run_id: string | null;
  /**
   * Promises of the contract that held.
   */
  checks_passed: bigint | null;
  /**
   * Rules of severity warning or info that did not hold.
   */
  checks_warned: bigint | null;
  /**
   * Rules of severity error that did not hold; any of them keeps the snapshot from being published.
   */
  checks_failed: bigint | null;
  /**
   * Event time up to which the data was complete before.
   */
  watermark_before: string | null;
  /**
   * Event time up to which the data is complete now.
   */
  watermark_after: string | null;
  /**
   * Snapshot that serves after the run.
   */
  snapshot_id: string | null;
}
