-- One row is one reason for which events of one week and binding were refused, with their number.
select
  date_trunc('week', coalesce(recorded_at, occurred_at))::date as week_start,
  coalesce(binding, 'unknown') as binding,
  verdict as reason,
  count(*) as events
from clean.received_events
where verdict <> 'accepted'
group by all
