-- One row is one SDK version that ran through one binding on one kind of operating system in one week (Monday, UTC).
with runs as (
  select
    *,
    date_trunc('week', started_at)::date as week_start,
    row_number() over (partition by install_id order by started_at, binding, session_id) = 1 as first_of_install
  from clean.sessions
)
select
  week_start,
  sdk_version,
  binding,
  os_family,
  count(distinct install_id)::integer as active_installs,
  (count(*) filter (where first_of_install))::integer as new_installs,
  count(*)::integer as sessions,
  (count(*) filter (where crashed))::integer as crashed_sessions,
  count(*) filter (where crashed) / count(*)::double as crash_share,
  median(duration_s) as median_duration_s
from runs
group by week_start, sdk_version, binding, os_family
