-- One row per assessment, with what it is for the student who waited:
--   first       the first answer of staff to a submission; only these have a turnaround
--   repeat      a later look of staff at the same submission, such as the sign-off after a discussion, or at
--               work that was never submitted
--   automatic   OnTrack closed a late submission itself, in the student's name
--   implausible assessed before it was submitted: a clock was wrong
with written as (
  select id, task_id, submission_time, assessment_time, assessor_id
  from raw.task_submissions
  where assessment_time is not null
  qualify row_number() over (partition by id order by updated_at desc nulls last) = 1
),
judged as (
  select
    written.*,
    enrolments.offering_id,
    case
      when written.assessor_id = enrolments.user_id then 'automatic'
      when written.submission_time > written.assessment_time then 'implausible'
      else 'staff'
    end as judged_by
  from written
  join clean.tasks on tasks.task_id = written.task_id
  join clean.enrolments on enrolments.project_id = tasks.project_id
)
select
  id as assessment_id,
  task_id,
  offering_id,
  submission_time as submitted_at,
  assessment_time as assessed_at,
  case
    when judged_by <> 'staff' then judged_by
    when submission_time is null then 'repeat'
    when row_number() over (
      partition by task_id, submission_time, judged_by order by assessment_time, id
    ) = 1 then 'first'
    else 'repeat'
  end as kind
from judged
