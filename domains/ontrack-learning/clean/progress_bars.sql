-- One row per enrolled student: how many tasks are complete, and the progress bar OnTrack draws. Each colour is its
-- share of the tasks owed to two significant digits; grey is what the rounded shares leave. A student who owes
-- nothing is all grey. Kept as decimals, so that means over many students come out the same every time.
with tallies as (
  select
    project_id,
    count(*) as tasks,
    count(*) filter (status = 'complete') as complete,
    count(*) filter (bucket = 'red') as red,
    count(*) filter (bucket = 'orange') as orange,
    count(*) filter (bucket = 'green') as green,
    count(*) filter (bucket = 'blue') as blue
  from clean.assigned_work
  group by project_id
),
shares as (
  select
    enrolments.project_id,
    coalesce(tallies.complete, 0) as complete,
    coalesce(format('{:.2g}', tallies.red / tallies.tasks)::double, 0) as red,
    coalesce(format('{:.2g}', tallies.orange / tallies.tasks)::double, 0) as orange,
    coalesce(format('{:.2g}', tallies.green / tallies.tasks)::double, 0) as green,
    coalesce(format('{:.2g}', tallies.blue / tallies.tasks)::double, 0) as blue
  from clean.enrolments
  left join tallies using (project_id)
  where enrolments.enrolled
)
select
  project_id,
  complete,
  red::decimal(9, 6) as red,
  orange::decimal(9, 6) as orange,
  green::decimal(9, 6) as green,
  blue::decimal(9, 6) as blue,
  format('{:.2g}', 1 - red - orange - green - blue)::decimal(9, 6) as grey,
  (green * 100 + blue * 100 + orange * 10 - red)::decimal(9, 6) as order_scale
from shares
