-- The two halves of a row: how far the students of the group are, and what state their tasks are in.
-- Rows of one task have no first half, because OnTrack does not summarise students by task.
with students as (
  select
    offering_id,
    breakdown,
    tutorial,
    target_grade,
    'all' as task,
    count(project_id) as students,
    list_sort(list(complete) filter (complete > 0)) as completed,
    avg(red) as bar_red,
    avg(orange) as bar_orange,
    avg(green) as bar_green,
    avg(blue) as bar_blue,
    avg(grey) as bar_grey,
    avg(order_scale) as order_scale
  from clean.student_groups
  left join clean.progress_bars using (project_id)
  group by all
),
summaries as (
  select
    *,
    coalesce(len(completed), 0) as n,
    (completed[(n + 1) // 2] + completed[n // 2 + 1]) / 2 as completed_median
  from students
),
owed as (
  select offering_id, breakdown, tutorial, if(breakdown = 'task', task, 'all') as task, 'all' as target_grade, status
  from clean.placed_work
  cross join (values ('tutorial'), ('task')) as breakdowns (breakdown)
  union all
  select
    assigned_work.offering_id, breakdown, 'all', 'all', if(breakdown = 'unit', 'all', target_grade_name), status
  from clean.assigned_work
  join clean.enrolments using (project_id)
  cross join (values ('unit'), ('target_grade')) as breakdowns (breakdown)
),
statuses as (
  select
    offering_id,
    breakdown,
    tutorial,
    target_grade,
    task,
    count(*) as tasks,
    count(*) filter (status = 'not_started') as not_started,
    count(*) filter (status = 'working_on_it') as working_on_it,
    count(*) filter (status = 'need_help') as need_help,
    count(*) filter (status = 'ready_for_feedback') as ready_for_feedback,
    count(*) filter (status = 'discuss') as discuss,
    count(*) filter (status = 'demonstrate') as demonstrate,
    count(*) filter (status = 'complete') as complete,
    count(*) filter (status = 'fix_and_resubmit') as fix_and_resubmit,
    count(*) filter (status = 'redo') as redo,
    count(*) filter (status = 'feedback_exceeded') as feedback_exceeded,
    count(*) filter (status = 'fail') as fail,
    count(*) filter (status = 'time_exceeded') as time_exceeded
  from owed
  group by all
)
select
  offerings.unit_code,
  offerings.teaching_period,
  breakdown,
  tutorial,
  target_grade,
  task,
  coalesce(summaries.students, statuses.tasks) as students,
  summaries.n as students_with_complete,
  coalesce(completed[1], if(n = 0, 0, null)) as completed_min,
  coalesce(completed[n * 3 // 10 + 1], if(n = 0, 0, null)) as completed_lower,
  coalesce(round(completed_median, 1), if(n = 0, 0, null))::double as completed_median,
  coalesce(completed[n * 8 // 10 + 1], if(n = 0, 0, null)) as completed_upper,
  coalesce(completed[n], if(n = 0, 0, null)) as completed_max,
  bar_red,
  bar_orange,
  bar_green,
  bar_blue,
  bar_grey,
  order_scale,
  coalesce(tasks, 0) as tasks,
  coalesce(not_started, 0) as not_started,
  coalesce(working_on_it, 0) as working_on_it,
  coalesce(need_help, 0) as need_help,
  coalesce(ready_for_feedback, 0) as ready_for_feedback,
  coalesce(discuss, 0) as discuss,
  coalesce(demonstrate, 0) as demonstrate,
  coalesce(complete, 0) as complete,
  coalesce(fix_and_resubmit, 0) as fix_and_resubmit,
  coalesce(redo, 0) as redo,
  coalesce(feedback_exceeded, 0) as feedback_exceeded,
  coalesce(fail, 0) as fail,
  coalesce(time_exceeded, 0) as time_exceeded
from summaries
full join statuses using (offering_id, breakdown, tutorial, target_grade, task)
join clean.offerings using (offering_id)
