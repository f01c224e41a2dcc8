type RawRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** Ids of the statuses, as in OnTrack. */
export const statusId = {
  not_started: 1,
  complete: 2,
  need_help: 3,
  working_on_it: 4,
  fix_and_resubmit: 5,
  feedback_exceeded: 6,
  redo: 7,
  discuss: 8,
  ready_for_feedback: 9,
  demonstrate: 10,
  fail: 11,
  time_exceeded: 12,
} as const;

type Status = keyof typeof statusId;

export interface SmallTask {
  /** 0 Pass (default) to 3 High Distinction. */
  readonly grade?: number;
  readonly weight?: number;
  readonly target?: string;
  readonly stream?: number;
}

export interface SmallWork {
  readonly status: Status;
  readonly submitted?: string;
  readonly completed?: string;
}

export interface SmallStudent {
  readonly grade?: number;
  readonly enrolled?: boolean;
  /** Null: not asked. */
  readonly optIn?: boolean | null;
  readonly campus?: number | null;
  readonly tutorials?: readonly string[];
  /** By task; a bare status is work without dates. */
  readonly work?: Readonly<Record<string, Status | SmallWork>>;
}

export interface SmallOffering {
  readonly start?: string;
  readonly end?: string;
  readonly breaks?: readonly { readonly start: string; readonly weeks: number }[];
  readonly tasks?: Readonly<Record<string, SmallTask>>;
  /** Stream of each tutorial; null serves every task. */
  readonly tutorials?: Readonly<Record<string, number | null>>;
  /** Tasks aligned with each outcome, and the rating. */
  readonly outcomes?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly students?: readonly SmallStudent[];
}

/** Ids: the offering is 1; tasks, students, users and tutorials count from 1 in the order given; a student's work on a task is `taskId(student, task)`. */
export const taskId = (student: number, task: number): number => student * 100 + task;

/** The raw rows of one offering, `COS10001` in `2026-T1`. Spread further tables into it. */
export function smallOffering(spec: SmallOffering): RawRows {
  const { students = [], tasks = {}, tutorials = {} } = spec;
  const taskNames = Object.keys(tasks);
  const tutorialNames = Object.keys(tutorials);
  return {
    ...frame(spec),
    task_statuses: Object.entries(statusId).map(([name, id]) => ({ id, name: name.replaceAll("_", " ") })),
    task_definitions: Object.entries(tasks).map(([abbreviation, task], index) => ({
      id: index + 1,
      unit_id: 1,
      abbreviation,
      weighting: task.weight ?? 1,
      target_grade: task.grade ?? 0,
      target_date: task.target ?? "2026-03-16",
      tutorial_stream_id: task.stream,
    })),
    tutorials: Object.entries(tutorials).map(([abbreviation, stream], index) => ({
      id: index + 1,
      unit_id: 1,
      abbreviation,
      tutorial_stream_id: stream,
    })),
    users: students.map(({ optIn = true }, index) => ({
      id: index + 1,
      username: `student-${index + 1}`,
      opt_in_to_research: optIn,
    })),
    projects: students.map(({ grade = 0, enrolled = true, campus = 1 }, index) => ({
      id: index + 1,
      unit_id: 1,
      user_id: index + 1,
      campus_id: campus,
      enrolled,
      target_grade: grade,
    })),
    tutorial_enrolments: students.flatMap(({ tutorials: attended = [] }, index) =>
      attended.map((name) => ({ project_id: index + 1, tutorial_id: tutorialNames.indexOf(name) + 1 })),
    ),
    tasks: students.flatMap(({ work = {} }, index) =>
      Object.entries(work).map(([name, done]) => workRow(index + 1, taskNames.indexOf(name) + 1, done)),
    ),
  };
}

function frame({
  start = "2026-03-02",
  end = "2026-05-22",
  breaks = [],
  outcomes = {},
  tasks = {},
}: SmallOffering): RawRows {
  const taskNames = Object.keys(tasks);
  return {
    campuses: [{ id: 1, name: "Burwood", abbreviation: "B", active: true }],
    teaching_periods: [{ id: 1, period: "T1", year: 2026, start_date: start, end_date: end }],
    breaks: breaks.map(({ start: from, weeks }) => ({
      teaching_period_id: 1,
      start_date: from,
      number_of_weeks: weeks,
    })),
    units: [
      {
        id: 1,
        code: "COS10001",
        name: "Introduction",
        start_date: start,
        end_date: end,
        active: true,
        teaching_period_id: 1,
      },
    ],
    learning_outcomes: Object.keys(outcomes).map((abbreviation, index) => ({
      id: index + 1,
      unit_id: 1,
      ilo_number: index + 1,
      abbreviation,
      name: abbreviation,
    })),
    learning_outcome_task_links: Object.values(outcomes).flatMap((ratings, outcome) =>
      Object.entries(ratings).map(([task, rating]) => ({
        id: outcome * 100 + taskNames.indexOf(task),
        learning_outcome_id: outcome + 1,
        task_definition_id: taskNames.indexOf(task) + 1,
        rating,
      })),
    ),
  };
}

function workRow(student: number, task: number, done: Status | SmallWork) {
  const { status, submitted, completed } = typeof done === "string" ? ({ status: done } as SmallWork) : done;
  return {
    id: taskId(student, task),
    project_id: student,
    task_definition_id: task,
    task_status_id: statusId[status],
    submission_date: submitted,
    completion_date: completed,
    updated_at: completed ?? submitted,
  };
}
