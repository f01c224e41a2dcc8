-- One row per record of the last two years, counted back from the newest. Records about the trail itself stay out.
SELECT
  writer || '-' || sequence AS record_id,
  * EXCLUDE (writer, sequence, _run_id, _loaded_at, _source)
FROM raw.audit_records
WHERE event NOT IN ('opened', 'closed')
  AND "at" >= (SELECT max("at") FROM raw.audit_records) - interval 730 day
QUALIFY row_number() OVER (PARTITION BY writer, sequence ORDER BY _loaded_at) = 1
