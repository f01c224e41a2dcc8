-- One row is one function that programs called through one binding in one week (Monday, UTC) for one unit hint.
with known_units as (
  select distinct code from ontrack_learning.product.units
)
select
  c.week_start,
  c.binding,
  -- What a client reports is published only where the catalogue or the unit list knows it.
  coalesce(f.unique_global_name, 'unknown') as unique_global_name,
  case when c.course_hint is null then 'none' when u.code is null then 'other' else u.code end as unit_hint,
  u.code as unit_code,
  coalesce(any_value(f.function_name), 'unknown') as function_name,
  coalesce(any_value(f.category), 'unknown') as category,
  sum(c.calls)::bigint as calls,
  sum(c.errors)::bigint as errors,
  count(distinct c.session_id)::integer as sessions,
  count(distinct c.install_id)::integer as installs
from clean.function_calls as c
left join clean.functions as f on f.unique_global_name = c.unique_global_name
left join known_units as u on u.code = c.course_hint
group by 1, 2, 3, 4, 5
