-- One row per task status. Names change ("Ready to Mark" became "Ready for Feedback"), ids do not: what a status
-- means is keyed by id here. A status OnTrack adds later is grey and weighs nothing until it is added below.
--   bucket            colour of the progress bar
--   outcome_weight    how much of a task counts towards a learning outcome
--   submitted         off the "to submit" line of the burndown
--   ready_or_complete counts as done in completion rate and projection
with known as (
  select *
  from (values
    (1, 'not_started', 'grey', 0.0, false, false),
    (2, 'complete', 'green', 1.0, true, true),
    (3, 'need_help', 'orange', 0.0, false, false),
    (4, 'working_on_it', 'grey', 0.0, false, false),
    (5, 'fix_and_resubmit', 'orange', 0.3, false, false),
    (6, 'feedback_exceeded', 'red', 0.1, true, false),
    (7, 'redo', 'orange', 0.1, false, false),
    (8, 'discuss', 'green', 0.8, true, true),
    (9, 'ready_for_feedback', 'blue', 0.7, true, true),
    (10, 'demonstrate', 'green', 0.8, true, true),
    (11, 'fail', 'red', 0.0, true, false),
    (12, 'time_exceeded', 'red', 0.5, true, false)
  ) as meanings (status_id, status, bucket, outcome_weight, submitted, ready_or_complete)
),
stored as (
  select id as status_id, max(name) as name
  from raw.task_statuses
  group by id
)
select
  status_id::bigint as status_id,
  coalesce(known.status, lower(regexp_replace(trim(stored.name), '[^A-Za-z0-9]+', '_', 'g'))) as status,
  coalesce(known.bucket, 'grey') as bucket,
  coalesce(known.outcome_weight, 0.0) as outcome_weight,
  coalesce(known.submitted, true) as submitted,
  coalesce(known.ready_or_complete, false) as ready_or_complete
from known
full outer join stored using (status_id)
