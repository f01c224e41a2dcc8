-- One row per unit offering: one unit code in one teaching period. OnTrack calls it a unit.
-- An offering outside the teaching periods is named by its first day, as OnTrack itself does.
select
  units.id as offering_id,
  upper(trim(units.code)) as unit_code,
  trim(units.name) as unit_name,
  coalesce(
    teaching_periods.year || '-' || upper(trim(teaching_periods.period)),
    strftime(units.start_date, '%Y-%m-%d')
  ) as teaching_period,
  teaching_periods.id as teaching_period_id,
  units.start_date::date as start_date,
  units.end_date::date as end_date,
  coalesce(units.active, false) as active,
  coalesce(units.feedback_warning_threshold_days, 5) as feedback_warning_days,
  coalesce(units.feedback_overflow_threshold_days, 7) as feedback_overflow_days
from raw.units
left join raw.teaching_periods on teaching_periods.id = units.teaching_period_id
where units.code is not null and units.start_date is not null and units.end_date is not null
qualify row_number() over (partition by units.id order by units.updated_at desc nulls last) = 1
