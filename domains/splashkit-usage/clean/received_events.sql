-- One row is one telemetry event as received, with the verdict on it; only an accepted event keeps what it said.
with arrivals as (
  select
    *,
    -- (source, id) names an event; whatever arrives under the same name later is a copy.
    row_number() over (partition by source, id order by recordedtime, time, data::varchar) as arrival,
    json_type(data, '$.counts') as counts_type,
    json_type(data, '$.errors') as errors_type,
    from_json(data, '{
      "session_id": "VARCHAR",
      "consent": {"version": "VARCHAR", "granted_at": "TIMESTAMP WITH TIME ZONE"},
      "sdk_version": "VARCHAR",
      "os": {"family": "VARCHAR"},
      "course_hint": "VARCHAR",
      "duration_s": "DOUBLE",
      "counts": "MAP(VARCHAR, DOUBLE)",
      "errors": "MAP(VARCHAR, DOUBLE)"
    }') as said,
    regexp_extract(source, '^/splashkit/(cpp|csharp|python|pascal|online|skm)$', 1) as known_binding,
    regexp_extract(type, '^io\.splashkit\.session\.(started|usage|ended|crashed)$', 1) as known_kind
  from raw.events
),
judged as (
  select
    *,
    case
      when arrival > 1 then 'duplicate'
      -- What does not say that it may be used inside is not used.
      when dataclassification is null or dataclassification not in ('public', 'internal') then 'classification'
      when said.consent.version is null or said.consent.granted_at is null or said.consent.granted_at > time
        then 'consent'
      when time is null or time > recordedtime + interval 1 hour or time < recordedtime - interval 180 days then 'clock'
      when id is null or known_binding = '' or known_kind = '' or subject is null or said.session_id is null
        then 'malformed'
      -- Texts and numbers that reach a product have a form; whatever else a client may send does not get there.
      when not coalesce(regexp_full_match(said.sdk_version, '\d{1,4}\.\d{1,4}\.\d{1,4}(-[0-9A-Za-z.]{1,20})?'), false)
        or said.duration_s < 0 or said.duration_s > 604800
        then 'malformed'
      when coalesce(counts_type, 'OBJECT') <> 'OBJECT' or coalesce(errors_type, 'OBJECT') <> 'OBJECT'
        or not coalesce(list_bool_and(list_transform(
          list_concat(map_values(said.counts), map_values(said.errors)),
          lambda n: coalesce(n between 0 and 1e9 and n = trunc(n), false))), true)
        then 'malformed'
      else 'accepted'
    end as verdict
  from arrivals
)
select
  verdict,
  nullif(known_binding, '') as binding,
  nullif(known_kind, '') as kind,
  time as occurred_at,
  recordedtime as recorded_at,
  case when verdict = 'accepted' then id end as event_id,
  case when verdict = 'accepted' then subject end as install_id,
  case when verdict = 'accepted' then said.session_id end as session_id,
  case when verdict = 'accepted' then said.sdk_version end as sdk_version,
  case
    when verdict <> 'accepted' then null
    when said.os.family in ('windows', 'macos', 'linux', 'browser') then said.os.family
    else 'other'
  end as os_family,
  case when verdict = 'accepted' then nullif(upper(trim(said.course_hint)), '') end as course_hint,
  case when verdict = 'accepted' then said.duration_s end as duration_s,
  -- A plain cast may be computed, and fail, for refused rows too.
  case when verdict = 'accepted' then try_cast(said.counts as map(varchar, bigint)) end as counts,
  case when verdict = 'accepted' then try_cast(said.errors as map(varchar, bigint)) end as errors
from judged
