-- One row per enrolled student, task they owe and tutorial that serves the task: the student's tutorial in the
-- task's stream, or one without a stream. Work that no tutorial of the student serves is placed in "none".
with served as (
  select assigned_work.project_id, assigned_work.task_definition_id, tutorials.tutorial
  from clean.assigned_work
  join clean.task_definitions using (task_definition_id)
  join clean.tutorial_enrolments using (project_id)
  join clean.tutorials using (tutorial_id)
  where tutorials.tutorial_stream_id = task_definitions.tutorial_stream_id
    or tutorials.tutorial_stream_id is null
)
select
  assigned_work.project_id,
  assigned_work.offering_id,
  coalesce(served.tutorial, 'none') as tutorial,
  task_definitions.task,
  assigned_work.status
from clean.assigned_work
join clean.task_definitions using (task_definition_id)
left join served using (project_id, task_definition_id)
