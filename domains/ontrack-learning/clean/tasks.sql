-- One row per task that somebody has touched: one student's work on one task definition, as it stands now.
select
  id as task_id,
  project_id,
  task_definition_id,
  coalesce(task_status_id, 1) as status_id,
  submission_date as submitted_at,
  assessment_date as assessed_at,
  completion_date,
  updated_at
from raw.tasks
qualify row_number() over (partition by id order by updated_at desc nulls last) = 1
