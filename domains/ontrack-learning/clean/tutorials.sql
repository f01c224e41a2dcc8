-- One row per tutorial of an offering. Without a stream it serves every task.
select
  id as tutorial_id,
  unit_id as offering_id,
  coalesce(nullif(trim(abbreviation), ''), 'tutorial-' || id) as tutorial,
  tutorial_stream_id
from raw.tutorials
qualify row_number() over (partition by id order by updated_at desc nulls last) = 1
