import { fiveNumbers } from "./completion.ts";
import { type OntrackTables, periodName } from "./ontrack-tables.ts";

/** By status id; not listed weighs nothing. */
const statusWeight: Readonly<Record<number, number>> = { 2: 10, 5: 3, 6: 1, 7: 1, 8: 8, 9: 7, 10: 8, 12: 5 };
const gradeWeight = [1, 2, 4, 8];

/** Rows of `outcome-attainment` by plain loops over the database, in no order. Scores are summed in tenths. */
export function recomputeOutcomes(tables: OntrackTables): Record<string, unknown>[] {
  const definitions = new Map(tables.task_definitions.map((definition) => [definition.id, definition]));
  const units = new Map(tables.units.map((unit) => [unit.id, unit]));
  const statusOf = new Map(
    tables.tasks.map((task) => [`${task.project_id}/${task.task_definition_id}`, task.task_status_id]),
  );
  return tables.learning_outcomes.flatMap((outcome) => {
    const unit = units.get(outcome.unit_id);
    if (unit === undefined) return [];
    const links = tables.learning_outcome_task_links.filter(
      (link) => link.learning_outcome_id === outcome.id && link.task_id === null,
    );
    const students = tables.projects.filter((project) => project.unit_id === unit.id && project.enrolled);
    const scores = students.map((student) => {
      let tenths = 0;
      for (const link of links) {
        const grade = definitions.get(link.task_definition_id)?.target_grade ?? 0;
        const status = statusOf.get(`${student.id}/${link.task_definition_id}`) ?? 1;
        if (grade <= student.target_grade)
          tenths += link.rating * (statusWeight[status] ?? 0) * (gradeWeight[grade] ?? 0);
      }
      return tenths / 10;
    });
    const [min, lower, median, upper, max] = fiveNumbers(scores);
    return [
      {
        unit_code: unit.code,
        teaching_period: periodName(tables, unit),
        outcome: outcome.abbreviation,
        aligned_tasks: links.length,
        students: students.length,
        students_with_evidence: scores.filter((score) => score > 0).length,
        ...{ attainment_min: min, attainment_lower: lower, attainment_median: median },
        ...{ attainment_upper: upper, attainment_max: max },
      },
    ];
  });
}
