-- One row per read, refusal and act about access. A read that was told of at its beginning and at its end is one row.
SELECT
  record_id,
  "at" AS recorded_at,
  event AS audit_event,
  coalesce(outcome, 'allowed') AS outcome,
  code AS error_code,
  port,
  product,
  split_part(product, '/', 1) AS product_domain,
  version AS contract_version,
  array_to_string(columns_read, ', ') AS columns_read,
  purpose,
  agreement AS agreement_id,
  fingerprint AS decision_fingerprint,
  snapshot AS snapshot_id,
  rows AS rows_returned,
  coalesce(times, 1) AS times,
  principal,
  coalesce(principal_kind, 'anonymous') AS principal_kind,
  array_to_string(roles, ', ') AS principal_roles,
  authenticated AS authenticated_by,
  request_id,
  subject
FROM clean.audit_records AS records
WHERE outcome IS DISTINCT FROM 'begun'
  OR NOT EXISTS (
    SELECT 1 FROM clean.audit_records AS ends
    WHERE ends.request_id = records.request_id AND ends.product = records.product AND ends.outcome = 'allowed'
  )
