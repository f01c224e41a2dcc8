-- One row is one record, as it was changed last.
select
  id,
  category,
  amount,
  changed_at
from raw.records
where id is not null
qualify row_number() over (partition by id order by changed_at desc nulls last, amount) = 1
