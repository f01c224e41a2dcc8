-- One row is one function name that programs used in the last 52 weeks and that the documentation shows no example of.
with recent_calls as (
  select *
  from clean.function_calls
  where week_start > (select max(week_start) from clean.function_calls) - interval 52 weeks
),
overload_calls as (
  select unique_global_name, sum(calls) as calls
  from recent_calls
  group by unique_global_name
),
most_called as (
  select
    f.function_name,
    first(f.unique_global_name order by coalesce(o.calls, 0) desc, f.unique_global_name) as unique_global_name,
    count(*)::integer as overload_count
  from clean.functions as f
  left join overload_calls as o using (unique_global_name)
  group by f.function_name
),
used as (
  select
    f.function_name,
    min(f.category) as category,
    count(distinct c.session_id)::integer as sessions,
    count(distinct c.install_id)::integer as installs,
    sum(c.calls)::bigint as calls,
    sum(c.errors)::bigint as errors,
    list(distinct c.binding order by c.binding) as bindings,
    max(c.week_start) as last_used_week
  from recent_calls as c
  join clean.functions as f using (unique_global_name)
  group by f.function_name
),
page_views as (
  select category, sum(pageviews)::bigint as pageviews
  from clean.docs_pages
  where category is not null
  group by category
)
select
  (row_number() over (order by u.sessions desc, u.installs desc, u.calls desc, u.function_name))::integer as rank,
  u.function_name,
  u.category,
  m.unique_global_name,
  m.overload_count,
  u.sessions,
  u.installs,
  u.calls,
  u.errors,
  u.bindings,
  u.last_used_week,
  p.pageviews as category_page_views
from used as u
join most_called as m using (function_name)
left join page_views as p using (category)
where u.function_name not in (select function_name from clean.usage_examples)
