with latest as (
  select *
  from clean.offerings
  qualify row_number() over (partition by unit_code order by start_date desc, offering_id desc) = 1
),
history as (
  select unit_code, count(*) as offerings, min(year(start_date)) as first_year
  from clean.offerings
  group by unit_code
),
enrolled as (
  select offering_id, count(*) as students
  from clean.enrolments
  where enrolled
  group by offering_id
)
select
  latest.unit_code as code,
  latest.unit_name as name,
  latest.active,
  latest.teaching_period as latest_teaching_period,
  latest.start_date,
  latest.end_date,
  history.offerings as offerings,
  history.first_year as first_year,
  coalesce(enrolled.students, 0) as enrolled_students,
  latest.feedback_warning_days as feedback_warning_days,
  latest.feedback_overflow_days as feedback_overflow_days
from latest
join history using (unit_code)
left join enrolled on enrolled.offering_id = latest.offering_id
