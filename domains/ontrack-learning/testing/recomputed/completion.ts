import { type DefinitionRow, groupBy, type OntrackTables, type ProjectRow, periodName } from "./ontrack-tables.ts";

const statusNames = [
  ...["not_started", "complete", "need_help", "working_on_it", "fix_and_resubmit", "feedback_exceeded"],
  ...["redo", "discuss", "ready_for_feedback", "demonstrate", "fail", "time_exceeded"],
];
const gradeNames = ["pass", "credit", "distinction", "high_distinction"];

type Expected = Record<string, unknown>;

/** Rows of `task-completion` by plain loops over the database, in no order. */
export function recomputeCompletion(tables: OntrackTables): Expected[] {
  const statusOf = new Map(
    tables.tasks.map((task) => [`${task.project_id}/${task.task_definition_id}`, task.task_status_id]),
  );
  const definitions = groupBy(tables.task_definitions, (definition) => definition.unit_id);
  const projects = groupBy(tables.projects, (project) => project.unit_id);
  const tutorials = groupBy(tables.tutorials, (tutorial) => tutorial.unit_id);
  const enrolments = groupBy(tables.tutorial_enrolments, (enrolment) => enrolment.tutorial_id);
  const status = (project: ProjectRow, definition: DefinitionRow) =>
    statusOf.get(`${project.id}/${definition.id}`) ?? 1;
  return tables.units.flatMap((unit) => {
    const name = { unit_code: unit.code, teaching_period: periodName(tables, unit) };
    const tasks = definitions.get(unit.id) ?? [];
    const students = (projects.get(unit.id) ?? []).filter((project) => project.enrolled);
    const group = (breakdown: string, members: ProjectRow[], served: DefinitionRow[], key: object) => ({
      ...name,
      ...{ breakdown, tutorial: "all", target_grade: "all", task: "all" },
      ...key,
      ...summary(members, tasks, status),
      ...counts(members, served, status),
    });
    const byTutorial = (tutorials.get(unit.id) ?? []).flatMap((tutorial) => {
      const ids = new Set((enrolments.get(tutorial.id) ?? []).map((enrolment) => enrolment.project_id));
      const members = students.filter((student) => ids.has(student.id));
      const served = tasks.filter(
        (task) => tutorial.tutorial_stream_id === null || tutorial.tutorial_stream_id === task.tutorial_stream_id,
      );
      const oneTask = served.flatMap((task) => {
        const owing = members.filter((member) => member.target_grade >= task.target_grade);
        if (owing.length === 0) return [];
        const key = {
          breakdown: "task",
          tutorial: tutorial.abbreviation,
          target_grade: "all",
          task: task.abbreviation,
        };
        return [{ ...name, ...key, students: owing.length, completed_median: null, ...counts(owing, [task], status) }];
      });
      return [group("tutorial", members, served, { tutorial: tutorial.abbreviation }), ...oneTask];
    });
    const byGrade = gradeNames.map((target_grade, grade) =>
      group(
        "target_grade",
        students.filter((student) => student.target_grade === grade),
        tasks,
        { target_grade },
      ),
    );
    return [group("unit", students, tasks, {}), ...byGrade, ...byTutorial];
  });
}

type StatusOf = (project: ProjectRow, definition: DefinitionRow) => number;

function counts(members: readonly ProjectRow[], tasks: readonly DefinitionRow[], status: StatusOf): Expected {
  const tally: Record<string, number> = Object.fromEntries(statusNames.map((name) => [name, 0]));
  for (const task of tasks) {
    const owing = members.filter((member) => member.target_grade >= task.target_grade);
    let others = 0;
    for (const member of owing) {
      const id = status(member, task);
      if (id > 1) others++;
      if (id > 1) tally[statusNames[id - 1] as string] = (tally[statusNames[id - 1] as string] ?? 0) + 1;
    }
    if (owing.length - others > 0) tally.not_started = (tally.not_started ?? 0) + owing.length - others;
  }
  return tally;
}

function summary(members: readonly ProjectRow[], tasks: readonly DefinitionRow[], status: StatusOf): Expected {
  const bars = members.map((member) => bar(member, tasks, status));
  const completed = bars.map((one) => one.complete).filter((complete) => complete > 0);
  const mean = (pick: (one: Bar) => number) =>
    bars.length === 0 ? null : bars.reduce((sum, one) => sum + pick(one), 0) / bars.length;
  const [min, lower, median, upper, max] = fiveNumbers(completed);
  return {
    students: members.length,
    students_with_complete: completed.length,
    ...{
      completed_min: min,
      completed_lower: lower,
      completed_median: median,
      completed_upper: upper,
      completed_max: max,
    },
    bar_red: mean((one) => one.red),
    bar_orange: mean((one) => one.orange),
    bar_green: mean((one) => one.green),
    bar_blue: mean((one) => one.blue),
    bar_grey: mean((one) => one.grey),
    order_scale: mean((one) => one.order),
  };
}

interface Bar {
  readonly complete: number;
  readonly red: number;
  readonly orange: number;
  readonly green: number;
  readonly blue: number;
  readonly grey: number;
  readonly order: number;
}

function bar(member: ProjectRow, tasks: readonly DefinitionRow[], status: StatusOf): Bar {
  const owed = tasks.filter((task) => task.target_grade <= member.target_grade).map((task) => status(member, task));
  const share = (...ids: number[]) =>
    twoDigits(owed.filter((id) => ids.includes(id)).length / Math.max(1, owed.length));
  const [red, orange, green, blue] = [share(11, 6, 12), share(7, 3, 5), share(8, 10, 2), share(9)];
  const grey = twoDigits(1 - red - orange - green - blue);
  const complete = owed.filter((id) => id === 2).length;
  return { complete, red, orange, green, blue, grey, order: green * 100 + blue * 100 + orange * 10 - red };
}

/** Two significant digits of what the double exactly is; a tie goes to the even digit, as C's and Ruby's `%.2g` do. */
function twoDigits(value: number): number {
  const [digits = "", exponent = "0"] = Math.abs(value).toExponential(60).replace(".", "").split("e");
  const kept = Number(digits.slice(0, 2));
  const rest = digits.slice(2);
  const half = `5${"0".repeat(rest.length - 1)}`;
  const up = rest > half || (rest === half && kept % 2 === 1);
  return Math.sign(value) * Number(`${up ? kept + 1 : kept}e${Number(exponent) - 1}`);
}

/** Minimum, 30 % position, median to one decimal, 80 % position, maximum; zeros without values. */
export function fiveNumbers(values: readonly number[]): [number, number, number, number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? 0;
  const n = sorted.length;
  const median = n % 2 === 1 ? at((n - 1) / 2) : Math.round(((at(n / 2) + at(n / 2 - 1)) / 2) * 10) / 10;
  return [at(0), at(Math.floor((3 * n) / 10)), median, at(Math.floor((8 * n) / 10)), at(n - 1)];
}
