-- One row per enrolment: one student in one offering. OnTrack calls it a project.
-- `enrolment` is the only name of it that leaves this domain. Not asked about research (null) counts as no.
select
  projects.id as project_id,
  projects.unit_id as offering_id,
  projects.user_id,
  users.username as user_key,
  pseudonym('enrolment/' || projects.id) as enrolment,
  coalesce(projects.enrolled, false) as enrolled,
  greatest(0, least(3, coalesce(projects.target_grade, 0))) as target_grade,
  ['pass', 'credit', 'distinction', 'high_distinction'][target_grade + 1] as target_grade_name,
  campuses.abbreviation as campus,
  coalesce(users.opt_in_to_research, false) as opted_in
from raw.projects
left join raw.users on users.id = projects.user_id
left join raw.campuses on campuses.id = projects.campus_id
qualify row_number() over (
  partition by projects.id order by projects.updated_at desc nulls last, users.updated_at desc nulls last
) = 1
