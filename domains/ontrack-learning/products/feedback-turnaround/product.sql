with weeks as (
  -- every week of an offering in which somebody submitted, assessed or marked, and all weeks between them
  select offering_id, unnest(generate_series(min(week), max(week), interval 7 day))::date as week
  from (
    select offering_id, date_trunc('week', submitted_at) as week from clean.submissions
    union
    select offering_id, date_trunc('week', assessed_at) from clean.assessments
    union
    select offering_id, date_trunc('week', started_at) from clean.marking_sessions
    union
    select offering_id, date_trunc('week', least(as_of, end_date))
    from clean.offerings
    join (select distinct offering_id from clean.submissions) using (offering_id)
    cross join clean.extraction
  )
  group by offering_id
),
answers as (
  select
    offering_id,
    date_trunc('week', assessed_at)::date as week,
    kind,
    epoch(assessed_at - submitted_at) / 3600 as hours,
    feedback_warning_days,
    feedback_overflow_days
  from clean.assessments
  join clean.offerings using (offering_id)
),
assessed as (
  select
    offering_id,
    week,
    count(*) filter (kind = 'first') as assessed,
    count(*) filter (kind = 'first' and hours <= 24 * feedback_warning_days) as within_warning,
    count(*) filter (kind = 'first' and hours <= 24 * feedback_overflow_days) as within_overflow,
    median(hours) filter (kind = 'first') as median_hours,
    quantile_cont(hours, 0.9) filter (kind = 'first') as p90_hours,
    count(*) filter (kind = 'repeat') as repeat_assessments,
    count(*) filter (kind = 'automatic') as automatic_closures,
    count(*) filter (kind = 'implausible') as implausible_assessments
  from answers
  group by all
),
arrived as (
  select offering_id, date_trunc('week', submitted_at)::date as week, count(*) as submitted
  from clean.submissions
  group by all
),
waiting as (
  select weeks.offering_id, weeks.week, count(*) as awaiting,
    count(*) filter (submitted_at < least(weeks.week + 7, as_of) - to_days(feedback_overflow_days)) as overdue
  from weeks
  join clean.offerings using (offering_id)
  cross join clean.extraction
  join clean.submissions
    on submissions.offering_id = weeks.offering_id
    and submissions.submitted_at < weeks.week + 7
    and (submissions.settled_at is null or submissions.settled_at >= weeks.week + 7)
  group by all
),
marking as (
  select offering_id, date_trunc('week', started_at)::date as week, sum(minutes) as marking_minutes
  from clean.marking_sessions
  group by all
)
select
  offerings.unit_code,
  offerings.teaching_period,
  weeks.week,
  offering_weeks.teaching_week,
  coalesce(arrived.submitted, 0) as submitted,
  coalesce(assessed.assessed, 0) as assessed,
  coalesce(assessed.within_warning, 0) as within_warning,
  coalesce(assessed.within_overflow, 0) as within_overflow,
  assessed.within_warning / nullif(assessed.assessed, 0) as share_within_warning,
  assessed.within_overflow / nullif(assessed.assessed, 0) as share_within_overflow,
  assessed.median_hours,
  assessed.p90_hours,
  coalesce(waiting.awaiting, 0) as awaiting,
  coalesce(waiting.overdue, 0) as overdue,
  coalesce(marking.marking_minutes, 0) as marking_minutes,
  coalesce(assessed.repeat_assessments, 0) as repeat_assessments,
  coalesce(assessed.automatic_closures, 0) as automatic_closures,
  coalesce(assessed.implausible_assessments, 0) as implausible_assessments,
  offerings.feedback_warning_days as feedback_warning_days,
  offerings.feedback_overflow_days as feedback_overflow_days
from weeks
join clean.offerings using (offering_id)
left join clean.offering_weeks using (offering_id, week)
left join arrived using (offering_id, week)
left join assessed using (offering_id, week)
left join waiting using (offering_id, week)
left join marking using (offering_id, week)
