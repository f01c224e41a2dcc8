with plans as (
  select offering_id, target_grade, sum(weighting) as total
  from (
    select offering_id, weighting, unnest(range(target_grade, 4)) as target_grade
    from clean.task_definitions
  )
  group by all
  having total > 0
),
targets as (
  -- what is still to be due at each point, for a student who keeps to the target dates
  select offering_id, week, target_grade, sum(weighting) as remaining
  from (
    select offering_id, target_date, weighting, unnest(range(target_grade, 4)) as target_grade
    from clean.task_definitions
  )
  join clean.weekly_points using (offering_id)
  where target_date >= week_start
  group by all
),
paces as (
  -- weight that gets done in a week on average, up to today or the last day
  select
    enrolments.project_id,
    sum(weighted_work.weighting) / nullif(greatest(0, ceil(ceil(
      epoch(least(extraction.as_of, offerings.end_date) - offerings.start_date::timestamp) / 86400
    ) / 7)), 0) as pace
  from clean.enrolments
  join clean.offerings using (offering_id)
  join clean.weighted_work using (project_id)
  cross join clean.extraction
  where enrolments.opted_in and weighted_work.ready_or_complete
  group by enrolments.project_id, extraction.as_of, offerings.start_date, offerings.end_date
),
done as (
  select
    enrolments.project_id,
    weekly_points.week,
    sum(weighting) filter (submitted and submitted_at <= week_start) as submitted,
    sum(weighting) filter (status = 'complete' and completion_date <= week_start) as complete,
    sum(weighting) filter (owed and ready_or_complete and ready_at <= week_start) as ready
  from clean.enrolments
  join clean.weekly_points using (offering_id)
  left join clean.weighted_work using (project_id)
  where enrolments.opted_in and weekly_points.reached
  group by all
)
select
  enrolments.enrolment,
  weekly_points.week as week,
  offerings.unit_code,
  offerings.teaching_period,
  weekly_points.week_start,
  weekly_points.teaching_week,
  enrolments.campus,
  enrolments.target_grade_name as target_grade,
  enrolments.enrolled,
  if(total is null, null, coalesce(targets.remaining, 0) / total) as target,
  if(reached, (total - coalesce(done.submitted, 0)) / total, null) as submitted,
  if(reached, (total - coalesce(done.complete, 0)) / total, null) as complete,
  if(
    weekly_points.week = 0 or total > (weekly_points.week - 1) * coalesce(pace, 0),
    (total - weekly_points.week * coalesce(pace, 0)) / total,
    null
  ) as projected,
  if(reached, coalesce(done.ready, 0) / weeks_counted, null) as weekly_completion_rate
from clean.enrolments
join clean.offerings using (offering_id)
join clean.weekly_points using (offering_id)
left join plans
  on plans.offering_id = enrolments.offering_id and plans.target_grade = enrolments.target_grade
left join targets
  on targets.offering_id = enrolments.offering_id
  and targets.target_grade = enrolments.target_grade
  and targets.week = weekly_points.week
left join paces on paces.project_id = enrolments.project_id
left join done on done.project_id = enrolments.project_id and done.week = weekly_points.week
where enrolments.opted_in
  -- the retention that the contract promises
  and offerings.end_date >= (select as_of from clean.extraction) - interval 3 year
