-- Runs as everybody may know them. How many rows come and go with a product about people, or with what its domain reads
-- and cleans, tells of single people: that is null, and numbers in messages are left out. So it is of what no published
-- contract tells anything about. Whoever runs the mesh has the numbers: mesh runs.
WITH domains AS (
  SELECT domain, NULL AS product, bool_or(about_people) AS about_people FROM raw.published_products GROUP BY domain
),
known AS (
  SELECT domain, product, about_people FROM raw.published_products
  UNION ALL BY NAME
  SELECT * FROM domains
),
judged AS (
  SELECT runs.*, known.about_people IS FALSE AS counted
  FROM clean.runs AS runs
  LEFT JOIN known ON known.domain = runs.domain AND known.product IS NOT DISTINCT FROM runs.product
)
SELECT * EXCLUDE (counted) REPLACE (
  CASE WHEN counted THEN rows_read END AS rows_read,
  CASE WHEN counted THEN rows_inserted END AS rows_inserted,
  CASE WHEN counted THEN rows_updated END AS rows_updated,
  CASE WHEN counted THEN rows_deleted END AS rows_deleted,
  CASE WHEN counted THEN rows_rejected END AS rows_rejected,
  CASE WHEN counted THEN row_count_after END AS row_count_after,
  CASE WHEN counted THEN bytes_in END AS bytes_in,
  CASE WHEN counted THEN bytes_out END AS bytes_out,
  -- which snapshots a product was made of is told; how far a source was read is not
  CASE WHEN counted OR product IS NOT NULL THEN checkpoint_before END AS checkpoint_before,
  CASE WHEN counted THEN checkpoint_after END AS checkpoint_after,
  CASE
    WHEN counted THEN failure_message
    ELSE regexp_replace(failure_message, '[0-9][0-9.,]*', '#', 'g')
  END AS failure_message
)
FROM judged
