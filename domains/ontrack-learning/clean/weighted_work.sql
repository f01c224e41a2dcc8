-- One row per task that somebody has touched, with what it weighs and the day since when it counts as what it is
-- now. History is drawn from the present state, as OnTrack draws it: a task sent back today was never submitted.
select
  tasks.project_id,
  task_definitions.weighting,
  task_definitions.target_grade <= enrolments.target_grade as owed,
  task_statuses.status,
  task_statuses.submitted,
  task_statuses.ready_or_complete,
  tasks.submitted_at,
  tasks.completion_date,
  coalesce(tasks.submitted_at, tasks.assessed_at, tasks.completion_date::timestamp) as ready_at
from clean.tasks
join clean.enrolments using (project_id)
join clean.task_definitions using (task_definition_id)
join clean.task_statuses using (status_id)
