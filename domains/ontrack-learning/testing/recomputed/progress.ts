import {
  type DefinitionRow,
  groupBy,
  type OntrackTables,
  type ProjectRow,
  periodName,
  type TaskRow,
  type UnitRow,
} from "./ontrack-tables.ts";

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** Ready for feedback, discuss, demonstrate, complete. */
const readyIds = [9, 8, 10, 2];
/** Not started, working on it, need help, fix and resubmit, redo. */
const unsubmittedIds = [1, 4, 3, 5, 7];

/** Rows of `student-progress` for every enrolment whose student opted in, with the project's id in place of a pseudonym. */
export function recomputeProgress(tables: OntrackTables, today: number): Record<string, unknown>[] {
  const consent = new Map(tables.users.map((user) => [user.id, user.opt_in_to_research === true]));
  const units = new Map(tables.units.map((unit) => [unit.id, unit]));
  const definitions = groupBy(tables.task_definitions, (definition) => definition.unit_id);
  const tasks = groupBy(tables.tasks, (task) => task.project_id);
  return tables.projects.flatMap((project) => {
    const unit = units.get(project.unit_id);
    if (unit === undefined || consent.get(project.user_id) !== true) return [];
    const name = { project_id: project.id, unit_code: unit.code, teaching_period: periodName(tables, unit) };
    const points = burndown({
      unit,
      project,
      today,
      definitions: definitions.get(unit.id) ?? [],
      tasks: tasks.get(project.id) ?? [],
    });
    return points.map((point) => ({ ...name, ...point }));
  });
}

interface Burndown {
  readonly unit: UnitRow;
  readonly project: ProjectRow;
  readonly definitions: readonly DefinitionRow[];
  readonly tasks: readonly TaskRow[];
  readonly today: number;
}

function burndown({ unit, project, definitions, tasks, today }: Burndown): Record<string, unknown>[] {
  const [start, end] = [Date.parse(unit.start_date), Date.parse(unit.end_date)];
  const known = new Map(definitions.map((definition) => [definition.id, definition]));
  const weigh = (some: readonly TaskRow[]) =>
    some.reduce((sum, task) => sum + (known.get(task.task_definition_id)?.weighting ?? 0), 0);
  const owed = definitions.filter((definition) => definition.target_grade <= project.target_grade);
  const total = owed.reduce((sum, definition) => sum + definition.weighting, 0);
  const ready = tasks.filter((task) => readyIds.includes(task.task_status_id));
  const readyOwed = ready.filter((task) => owed.some((definition) => definition.id === task.task_definition_id));
  const until = Math.min(today, end);
  const weeksElapsed = Math.ceil(Math.ceil((until - start) / dayMs) / 7);
  const pace = weeksElapsed > 0 ? weigh(ready) / weeksElapsed : 0;
  const rows: Record<string, unknown>[] = [];
  let open = true;
  let falling = true;
  for (let at = start, week = 0; at <= end + 3 * weekMs; at += weekMs, week++) {
    const submitted = tasks.filter(
      (task) => !unsubmittedIds.includes(task.task_status_id) && by(task.submission_date, at),
    );
    const complete = tasks.filter((task) => task.task_status_id === 2 && by(task.completion_date, at));
    const days = Math.floor((Math.min(at, until) - start) / dayMs);
    const projected = (total - week * pace) / total;
    rows.push({
      week,
      target:
        owed.filter((task) => Date.parse(task.target_date) >= at).reduce((sum, task) => sum + task.weighting, 0) /
        total,
      submitted: open ? (total - weigh(submitted)) / total : null,
      complete: open ? (total - weigh(complete)) / total : null,
      projected: falling ? projected : null,
      weekly_completion_rate: open
        ? weigh(readyOwed.filter((task) => by(task.submission_date, at))) / Math.max(1, Math.ceil(days / 7))
        : null,
    });
    if (at >= today) open = false;
    if (projected <= 0) falling = false;
  }
  return rows;
}

function by(time: string | null, at: number): boolean {
  return time !== null && Date.parse(time) <= at;
}
