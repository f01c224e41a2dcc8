-- One row per learning outcome of an offering.
select
  id as outcome_id,
  unit_id as offering_id,
  coalesce(nullif(trim(abbreviation), ''), 'ILO' || coalesce(ilo_number, id)) as outcome,
  coalesce(nullif(trim(name), ''), nullif(trim(abbreviation), '')) as outcome_name,
  ilo_number as outcome_number
from raw.learning_outcomes
qualify row_number() over (partition by id order by ilo_number, abbreviation, name) = 1
