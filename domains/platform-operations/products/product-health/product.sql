-- One row per product and day (UTC), from the day of its first run to the day of the newest run of the mesh.
-- A day is judged at its end; the newest day at the newest run. So the same ledger always gives the same rows.
WITH horizon AS (
  SELECT max(completed_at) AS newest FROM clean.told_runs
),
product_runs AS (
  SELECT * FROM clean.told_runs WHERE product IS NOT NULL
),
product_days AS (
  SELECT
    first_run.domain,
    first_run.product,
    day::DATE AS day,
    least((day + INTERVAL 1 DAY)::TIMESTAMP AT TIME ZONE 'UTC', horizon.newest) AS judged_at
  FROM (
    SELECT domain, product, min(completed_at) AS completed_at FROM product_runs GROUP BY domain, product
  ) AS first_run
  CROSS JOIN horizon
  CROSS JOIN unnest(generate_series(
    date_trunc('day', first_run.completed_at AT TIME ZONE 'UTC'),
    date_trunc('day', horizon.newest AT TIME ZONE 'UTC'),
    INTERVAL 1 DAY
  )) AS days(day)
),
-- Everything that had happened to the product when the day is judged.
history AS (
  SELECT
    product_days.domain,
    product_days.product,
    product_days.day,
    any_value(product_days.judged_at) AS judged_at,
    count(runs.run_id) FILTER (WHERE runs.completed_at >= product_days.day::TIMESTAMP AT TIME ZONE 'UTC') AS runs,
    count(runs.run_id) FILTER (
      WHERE runs.completed_at >= product_days.day::TIMESTAMP AT TIME ZONE 'UTC' AND runs.status <> 'success'
    ) AS runs_not_succeeded,
    arg_max(runs.status, runs.completed_at) AS last_status,
    arg_max(runs.row_count_after, runs.completed_at) FILTER (WHERE runs.status = 'success') AS row_count,
    arg_max(runs.watermark_after, runs.completed_at) FILTER (WHERE runs.status = 'success') AS watermark,
    arg_max(runs.checks_passed, runs.completed_at) FILTER (WHERE runs.checks_passed IS NOT NULL) AS checks_passed,
    arg_max(runs.checks_warned, runs.completed_at) FILTER (WHERE runs.checks_passed IS NOT NULL) AS checks_warned,
    arg_max(runs.checks_failed, runs.completed_at) FILTER (WHERE runs.checks_passed IS NOT NULL) AS checks_failed
  FROM product_days
  LEFT JOIN product_runs AS runs
    ON runs.domain = product_days.domain
    AND runs.product = product_days.product
    AND runs.completed_at <= product_days.judged_at
  GROUP BY product_days.domain, product_days.product, product_days.day
),
published AS (
  SELECT domain, product, (published_at AT TIME ZONE 'UTC')::DATE AS day, count(*) AS snapshots
  FROM clean.snapshots
  GROUP BY ALL
)
SELECT
  history.domain || '/' || history.product AS product_id,
  history.day,
  history.domain,
  history.product,
  history.last_status,
  history.row_count,
  coalesce(published.snapshots, 0)::INTEGER AS snapshots_published,
  history.runs::INTEGER AS runs,
  history.runs_not_succeeded::INTEGER AS runs_not_succeeded,
  history.checks_passed::INTEGER AS checks_passed,
  history.checks_warned::INTEGER AS checks_warned,
  history.checks_failed::INTEGER AS checks_failed,
  history.watermark,
  history.judged_at,
  round(epoch(history.judged_at - history.watermark) / 3600, 3)::DOUBLE AS lag_hours,
  (promises.promised_ms / 3600000)::DOUBLE AS promised_lag_hours,
  epoch(history.judged_at - history.watermark) * 1000 <= promises.promised_ms AS fresh
FROM history
LEFT JOIN clean.latency_promises AS promises
  ON promises.domain = history.domain AND promises.product = history.product
LEFT JOIN published
  ON published.domain = history.domain AND published.product = history.product AND published.day = history.day
