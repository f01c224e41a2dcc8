-- One row is one run of a program, or of the skm command, put together from its accepted events.
select
  binding,
  session_id,
  min(install_id) as install_id,
  min(sdk_version) as sdk_version,
  min(os_family) as os_family,
  min(occurred_at) as started_at,
  -- Null when nothing but the start arrived.
  max(duration_s) as duration_s,
  bool_or(kind = 'crashed') as crashed
from clean.received_events
where verdict = 'accepted'
group by binding, session_id
