-- One row per enrolled student and task they owe: every task of the offering up to their target grade, also those
-- nobody has touched yet, which are then "not started".
select
  enrolments.project_id,
  enrolments.offering_id,
  task_definitions.task_definition_id,
  coalesce(task_statuses.status, 'not_started') as status,
  coalesce(task_statuses.bucket, 'grey') as bucket,
  coalesce(task_statuses.outcome_weight, 0.0) as outcome_weight
from clean.enrolments
join clean.task_definitions
  on task_definitions.offering_id = enrolments.offering_id
  and task_definitions.target_grade <= enrolments.target_grade
left join clean.tasks
  on tasks.project_id = enrolments.project_id
  and tasks.task_definition_id = task_definitions.task_definition_id
left join clean.task_statuses on task_statuses.status_id = tasks.status_id
where enrolments.enrolled
