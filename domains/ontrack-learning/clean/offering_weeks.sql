-- One row per offering and calendar week (Monday), from the week it starts in to three weeks after it ends.
-- A week is a break week when four or more of its days lie in a break of its teaching period; break weeks and
-- weeks after the end have no teaching week, and the count goes on after a break where it stopped before it.
with weeks as (
  select
    offering_id,
    teaching_period_id,
    end_date,
    unnest(generate_series(
      date_trunc('week', start_date)::timestamp, (end_date + 21)::timestamp, interval 7 day
    ))::date as week
  from clean.offerings
),
pauses as (
  select distinct
    teaching_period_id,
    start_date::date as first_day,
    start_date::date + 7 * number_of_weeks as next_day
  from raw.breaks
),
judged as (
  select
    weeks.offering_id,
    weeks.week,
    weeks.end_date,
    coalesce(
      sum(
        greatest(0, least(weeks.week + 7, pauses.next_day) - greatest(weeks.week, pauses.first_day))
      ) filter (pauses.first_day is not null),
      0
    ) >= 4 as in_break
  from weeks
  left join pauses on pauses.teaching_period_id = weeks.teaching_period_id
  group by all
)
select
  offering_id,
  week,
  in_break,
  case when not in_break and week <= end_date
    then (count(*) filter (not in_break) over (partition by offering_id order by week))::integer
  end as teaching_week
from judged
