-- One row per offering and weekly point of its burndown: every seventh day from its first day to three weeks after
-- its last. `reached` is true up to the first point on or after the extraction; that one shows the state of today.
-- `weeks_counted` divides the completion rate: whole weeks begun by then, at least one, none after the last day.
select
  offerings.offering_id,
  points.week,
  points.week_start,
  offering_weeks.teaching_week,
  points.week_start - 7 < extraction.as_of as reached,
  greatest(
    1,
    ceil(date_sub(
      'day', offerings.start_date::timestamp, least(points.week_start, extraction.as_of, offerings.end_date)
    ) / 7)
  )::integer as weeks_counted
from clean.offerings
cross join clean.extraction
cross join lateral (
  select week::integer as week, offerings.start_date + 7 * week::integer as week_start
  from unnest(generate_series(0, (offerings.end_date + 21 - offerings.start_date) // 7)) as numbers (week)
) as points
left join clean.offering_weeks
  on offering_weeks.offering_id = offerings.offering_id
  and offering_weeks.week = date_trunc('week', points.week_start)
