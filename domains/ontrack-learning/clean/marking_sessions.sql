-- One row per marking session, read from the API log by the 15-minute method: at one address, a session opens when
-- somebody asks for a unit's task inbox or assesses work that is not their own; it ends before a gap of more than 15
-- minutes, before another person assesses, or before another unit. It lasts from its first to its last event in
-- whole minutes; sessions shorter than a minute are dropped. A day without logs is a day without minutes.
with events as (
  select "at", ip_key as place, null as user_key, unit_id as offering_id
  from raw.log_lines
  where kind = 'request' and "method" = 'GET' and regexp_matches(path, '/units/\d+/tasks/inbox$') and unit_id is not null
  union all
  select log_lines."at", coalesce(log_lines.ip_key, log_lines.user_key), log_lines.user_key, enrolments.offering_id
  from raw.log_lines
  join clean.tasks on tasks.task_id = log_lines.task_id
  join clean.enrolments on enrolments.project_id = tasks.project_id
  where log_lines.kind = 'assessing' and log_lines.user_key is distinct from enrolments.user_key
),
sittings as (
  select
    *,
    count(*) filter (leaves_off) over (
      partition by place order by "at", offering_id, user_key nulls first rows unbounded preceding
    ) as sitting
  from (
    select
      *,
      "at" - lag("at") over in_order > interval 15 minute
        or offering_id is distinct from lag(offering_id) over in_order as leaves_off
    from events
    where place is not null and "at" is not null
    window in_order as (partition by place order by "at", offering_id, user_key nulls first)
  )
),
sessions as (
  select
    *,
    count(*) filter (user_key <> marker) over (
      partition by place, sitting order by "at", user_key nulls first rows unbounded preceding
    ) as turn
  from (
    select
      *,
      last_value(user_key ignore nulls) over (
        partition by place, sitting order by "at", user_key nulls first
        rows between unbounded preceding and 1 preceding
      ) as marker
    from sittings
  )
)
select
  offering_id,
  min("at")::timestamp as started_at,
  max("at")::timestamp as ended_at,
  date_sub('minute', min("at"), max("at"))::integer as minutes
from sessions
group by place, sitting, turn, offering_id
having date_sub('minute', min("at"), max("at")) > 0
