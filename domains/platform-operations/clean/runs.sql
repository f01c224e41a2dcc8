-- One row per run that has ended. A run may have been read twice; it never changes after its end.
SELECT * EXCLUDE (_run_id, _loaded_at, _source)
FROM raw.runs
QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY _loaded_at) = 1
