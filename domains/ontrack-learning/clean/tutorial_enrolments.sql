-- One row per student and tutorial. A student has one tutorial per stream.
select distinct project_id, tutorial_id
from raw.tutorial_enrolments
