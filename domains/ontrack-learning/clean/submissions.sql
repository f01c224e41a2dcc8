-- One row per submission of a task, with the time it stopped waiting for an answer: it was assessed, it came too late
-- and OnTrack closed it at once, the student sent a newer one, or its task is no longer ready for feedback. Null while
-- it waits.
with sent as (
  select task_id, submission_time as submitted_at, min(assessment_time) as assessed_at
  from raw.task_submissions
  where submission_time is not null
  group by all
),
followed as (
  select
    *,
    lead(submitted_at) over (partition by task_id order by submitted_at) as superseded_at
  from sent
),
too_late as (
  select distinct task_id, assessed_at as submitted_at, true as closed
  from clean.assessments
  where kind = 'automatic'
)
select
  followed.task_id,
  enrolments.offering_id,
  followed.submitted_at,
  case
    when too_late.closed then followed.submitted_at
    when followed.assessed_at is not null or followed.superseded_at is not null
      then greatest(followed.submitted_at, least(followed.assessed_at, followed.superseded_at))
    when not enrolments.enrolled or task_statuses.status <> 'ready_for_feedback'
      then greatest(followed.submitted_at, tasks.updated_at)
  end as settled_at
from followed
join clean.tasks using (task_id)
join clean.enrolments using (project_id)
join clean.task_statuses using (status_id)
left join too_late on too_late.task_id = followed.task_id and too_late.submitted_at = followed.submitted_at
