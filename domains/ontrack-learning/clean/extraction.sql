-- One row: the instant the data speaks for. Whatever depends on "now" counts from here and never from the clock,
-- so the same raw data always gives the same products. It is the newest event any source reports; a machine whose
-- clock runs ahead cannot push it past the moment of loading.
with seen as (
  select max(updated_at) as event_at, max(_loaded_at) as loaded_at from raw.tasks
  union all
  select greatest(max(submission_time), max(assessment_time)), max(_loaded_at) from raw.task_submissions
  union all
  select max("at")::timestamp, max(_loaded_at) from raw.log_lines
)
select least(max(event_at), max(loaded_at)::timestamp) as as_of
from seen
