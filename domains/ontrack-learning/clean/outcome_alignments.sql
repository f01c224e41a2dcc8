-- One row per alignment the teaching team made between a task definition and a learning outcome.
-- Alignments that students make for their own portfolio name a task; they are left out.
select
  id as alignment_id,
  learning_outcome_id as outcome_id,
  task_definition_id,
  rating
from raw.learning_outcome_task_links
where task_id is null and rating is not null
qualify row_number() over (partition by id order by updated_at desc nulls last) = 1
