with worth as (
  -- what an alignment is worth when its task is complete: a Credit task counts double a Pass task, and so on
  select
    outcome_alignments.outcome_id,
    outcome_alignments.task_definition_id,
    outcome_alignments.rating * [1, 2, 4, 8][task_definitions.target_grade + 1] as worth
  from clean.outcome_alignments
  join clean.task_definitions using (task_definition_id)
),
evidence as (
  select
    worth.outcome_id,
    assigned_work.project_id,
    round(sum(worth.worth * assigned_work.outcome_weight), 1) as attainment
  from worth
  join clean.assigned_work using (task_definition_id)
  group by all
),
cohort as (
  select outcomes.outcome_id, list_sort(list(coalesce(evidence.attainment, 0))) as attained,
    count(*) filter (evidence.attainment > 0) as students_with_evidence
  from clean.outcomes
  join clean.enrolments on enrolments.offering_id = outcomes.offering_id and enrolments.enrolled
  left join evidence on evidence.outcome_id = outcomes.outcome_id and evidence.project_id = enrolments.project_id
  group by outcomes.outcome_id
),
attainable as (
  select outcome_id, count(*) as aligned_tasks, sum(worth) as attainable
  from worth
  group by outcome_id
)
select
  offerings.unit_code,
  offerings.teaching_period,
  outcomes.outcome,
  outcomes.outcome_number as outcome_number,
  outcomes.outcome_name,
  coalesce(attainable.aligned_tasks, 0) as aligned_tasks,
  coalesce(attainable.attainable, 0)::double as attainable,
  coalesce(len(attained), 0) as students,
  coalesce(students_with_evidence, 0) as students_with_evidence,
  coalesce(attained[1], 0)::double as attainment_min,
  coalesce(attained[students * 3 // 10 + 1], 0)::double as attainment_lower,
  coalesce(round((attained[(students + 1) // 2] + attained[students // 2 + 1]) / 2, 1), 0)::double as attainment_median,
  coalesce(attained[students * 8 // 10 + 1], 0)::double as attainment_upper,
  coalesce(attained[students], 0)::double as attainment_max
from clean.outcomes
join clean.offerings using (offering_id)
left join cohort using (outcome_id)
left join attainable using (outcome_id)
