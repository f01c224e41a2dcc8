-- One row per group of students that OnTrack summarises and student in it: the whole offering, each tutorial, each
-- target grade. Groups nobody is in have one row without a student.
with members as (
  select offering_id, 'unit' as breakdown, 'all' as tutorial, 'all' as target_grade, project_id
  from clean.enrolments
  where enrolled
  union all
  select offering_id, 'target_grade', 'all', target_grade_name, project_id
  from clean.enrolments
  where enrolled
  union all
  select distinct
    enrolments.offering_id, 'tutorial', coalesce(tutorials.tutorial, 'none'), 'all', enrolments.project_id
  from clean.enrolments
  left join clean.tutorial_enrolments using (project_id)
  left join clean.tutorials using (tutorial_id)
  where enrolments.enrolled
  union
  select offering_id, 'tutorial', 'none', 'all', project_id
  from clean.placed_work
  where tutorial = 'none'
),
groups as (
  select offering_id, 'unit' as breakdown, 'all' as tutorial, 'all' as target_grade
  from clean.offerings
  union all
  select offering_id, 'target_grade', 'all', unnest(['pass', 'credit', 'distinction', 'high_distinction'])
  from clean.offerings
  union all
  select offering_id, 'tutorial', tutorial, 'all'
  from clean.tutorials
  union
  select offering_id, breakdown, tutorial, target_grade
  from members
)
select groups.*, members.project_id
from groups
left join members using (offering_id, breakdown, tutorial, target_grade)
