-- One row is one usage example that the documentation shows today, in one language.
with changes as (
  select
    function,
    example_no,
    language,
    event,
    changed_at,
    -- The order at one instant is addition before removal: 'added' sorts before 'removed'.
    sum(case event when 'added' then 1 when 'removed' then -1 else 0 end)
      over (partition by function, example_no, language order by changed_at, event) as balance
  from raw.example_events
),
examples as (
  select
    function,
    example_no,
    language,
    min(changed_at) as first_changed_at,
    max(changed_at) as last_changed_at,
    -- A removal of what was never added must not cancel a later addition.
    last(balance order by changed_at, event) - least(0, min(balance)) as shown
  from changes
  group by function, example_no, language
)
select
  -- The documentation names a function or one of its overloads; the function's name is what both share.
  coalesce(overload.function_name, examples.function) as function_name,
  examples.function as documented_as,
  examples.example_no,
  examples.language,
  examples.first_changed_at,
  examples.last_changed_at
from examples
left join clean.functions as overload on overload.unique_global_name = examples.function
where examples.shown > 0
