-- One row is one function that SplashKit offers. Overloads share a function name and differ in their unique name.
select
  unique_global_name,
  name as function_name,
  category,
  nullif(class, '') as class_name,
  nullif(method, '') as method_name,
  return_type,
  parameters as parameter_count,
  has_cpp = 1 as has_cpp,
  has_csharp = 1 as has_csharp,
  has_python = 1 as has_python,
  has_pascal = 1 as has_pascal
from raw.functions
qualify row_number() over (partition by unique_global_name order by category, name) = 1
