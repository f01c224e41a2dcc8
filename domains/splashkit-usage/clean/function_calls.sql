-- One row is one function that one session called in one week (Monday, UTC), with its calls and errors.
with counted as (
  select
    date_trunc('week', occurred_at)::date as week_start,
    binding,
    session_id,
    install_id,
    course_hint,
    unnest(map_keys(counts)) as unique_global_name,
    unnest(map_values(counts)) as calls,
    0::bigint as errors
  from clean.received_events
  where verdict = 'accepted'
  union all
  select
    date_trunc('week', occurred_at)::date,
    binding,
    session_id,
    install_id,
    course_hint,
    unnest(map_keys(errors)),
    0::bigint,
    unnest(map_values(errors))
  from clean.received_events
  where verdict = 'accepted'
)
select
  week_start,
  binding,
  session_id,
  min(install_id) as install_id,
  max(course_hint) as course_hint,
  unique_global_name,
  sum(calls)::bigint as calls,
  sum(errors)::bigint as errors
from counted
group by week_start, binding, session_id, unique_global_name
having sum(calls) > 0 or sum(errors) > 0
