-- One row per run of a pipeline that has ended, as the ledger has it.
SELECT
  run_id, parent_run_id, domain, product, pipeline, attempt, trigger, partition_key, code_version, contract_version,
  status, queued_at, started_at, completed_at, duration_ms,
  rows_read, rows_inserted, rows_updated, rows_deleted, rows_rejected, row_count_after, bytes_in, bytes_out,
  checkpoint_before, checkpoint_after, failure_class, failure_step, failure_message, root_cause_run_id,
  checks_passed, checks_warned, checks_failed, watermark_before, watermark_after, snapshot_id
FROM clean.told_runs
