-- One row is one function that SplashKit offers, overloads apart, with what the documentation shows for its name.
with examples as (
  select function_name, list(distinct language order by language) as example_languages
  from clean.usage_examples
  group by function_name
)
select
  f.unique_global_name,
  f.function_name,
  f.category,
  f.class_name,
  f.method_name,
  f.return_type,
  f.parameter_count,
  (count(*) over (partition by f.function_name))::integer as overload_count,
  f.has_cpp,
  f.has_csharp,
  f.has_python,
  f.has_pascal,
  e.function_name is not null as has_example,
  coalesce(e.example_languages, []) as example_languages
from clean.functions as f
left join examples as e using (function_name)
