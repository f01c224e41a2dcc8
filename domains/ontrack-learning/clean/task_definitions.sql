-- One row per task that an offering sets.
select
  id as task_definition_id,
  unit_id as offering_id,
  coalesce(nullif(trim(abbreviation), ''), 'task-' || id) as task,
  coalesce(weighting, 0)::double as weighting,
  coalesce(target_grade, 0) as target_grade,
  target_date::date as target_date,
  tutorial_stream_id
from raw.task_definitions
qualify row_number() over (partition by id order by updated_at desc nulls last) = 1
