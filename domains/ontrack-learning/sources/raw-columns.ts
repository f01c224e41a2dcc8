import type { ColumnSpecs } from "@thoth/ingest/column-spec";

const stamps = { created_at: "TIMESTAMP", updated_at: "TIMESTAMP" } as const;

/**
 * What lands in `raw.*` from the OnTrack database (doubtfire schema, one CSV a table).
 * Only declared columns are ever read: names, e-mail addresses, student numbers, passwords, tokens, sign-in
 * addresses and the text of comments stand in the files and are left out here on purpose.
 *
 * How to read the values:
 * - `TIMESTAMP` is UTC wall-clock time, as the database keeps it. Days (starts, ends, target and due dates) are
 *   midnight UTC of the Melbourne day they name, so `::DATE` gives that day.
 * - Keys are the database's own. The same row may be dumped twice; keep one per `id`.
 * - Status texts follow the name a status had at the time: "Ready to Mark" is now "Ready for Feedback",
 *   "Do Not Resubmit" is now "Feedback Exceeded".
 */
export const rawColumns = {
  campuses: { id: "BIGINT", name: "VARCHAR", mode: "INTEGER", abbreviation: "VARCHAR", active: "BOOLEAN" },
  roles: { id: "BIGINT", name: "VARCHAR", ...stamps },
  task_statuses: { id: "BIGINT", name: "VARCHAR", description: "VARCHAR", ...stamps },
  activity_types: { id: "BIGINT", name: "VARCHAR", abbreviation: "VARCHAR", ...stamps },
  teaching_periods: {
    id: "BIGINT",
    period: "VARCHAR",
    year: "INTEGER",
    start_date: "TIMESTAMP",
    end_date: "TIMESTAMP",
    active_until: "TIMESTAMP",
  },
  breaks: { id: "BIGINT", teaching_period_id: "BIGINT", start_date: "TIMESTAMP", number_of_weeks: "INTEGER" },
  users: {
    id: "BIGINT",
    /** The log names people by it: `pseudonym(username)` there is this value. */
    username: { type: "VARCHAR", pseudonymise: true },
    role_id: "BIGINT",
    /** Null means the person was not asked, which counts as no. */
    opt_in_to_research: "BOOLEAN",
    sign_in_count: "INTEGER",
    last_sign_in_at: "TIMESTAMP",
    ...stamps,
  },
  /** One row an offering: the same `code` comes back every teaching period. */
  units: {
    id: "BIGINT",
    code: "VARCHAR",
    name: "VARCHAR",
    description: "VARCHAR",
    start_date: "TIMESTAMP",
    end_date: "TIMESTAMP",
    active: "BOOLEAN",
    teaching_period_id: "BIGINT",
    /** A `unit_roles.id`. */
    main_convenor_id: "BIGINT",
    allow_student_extension_requests: "BOOLEAN",
    extension_weeks_on_resubmit_request: "INTEGER",
    /** Newer installations only. Null: the installation has no thresholds of its own (5 and 7 days then). */
    feedback_warning_threshold_days: { type: "INTEGER", optional: true },
    feedback_overflow_threshold_days: { type: "INTEGER", optional: true },
    ...stamps,
  },
  unit_roles: { id: "BIGINT", user_id: "BIGINT", role_id: "BIGINT", unit_id: "BIGINT", ...stamps },
  tutorial_streams: {
    id: "BIGINT",
    name: "VARCHAR",
    abbreviation: "VARCHAR",
    activity_type_id: "BIGINT",
    unit_id: "BIGINT",
    ...stamps,
  },
  tutorials: {
    id: "BIGINT",
    unit_id: "BIGINT",
    abbreviation: "VARCHAR",
    meeting_day: "VARCHAR",
    meeting_time: "VARCHAR",
    /** The tutor, as a `unit_roles.id`. */
    unit_role_id: "BIGINT",
    capacity: "INTEGER",
    campus_id: "BIGINT",
    /** Null: the tutorial serves every task, whatever its stream. */
    tutorial_stream_id: "BIGINT",
    ...stamps,
  },
  /** One row an enrolment. `enrolled` false: the student withdrew. */
  projects: {
    id: "BIGINT",
    unit_id: "BIGINT",
    user_id: "BIGINT",
    campus_id: "BIGINT",
    enrolled: "BOOLEAN",
    started: "BOOLEAN",
    /** 0 Pass, 1 Credit, 2 Distinction, 3 High Distinction; also for `submitted_grade` and the definitions. */
    target_grade: "INTEGER",
    submitted_grade: "INTEGER",
    /** Mark out of 100, 0 until the portfolio is assessed. */
    grade: "INTEGER",
    compile_portfolio: "BOOLEAN",
    portfolio_production_date: "DATE",
    ...stamps,
  },
  tutorial_enrolments: { id: "BIGINT", project_id: "BIGINT", tutorial_id: "BIGINT", ...stamps },
  task_definitions: {
    id: "BIGINT",
    unit_id: "BIGINT",
    abbreviation: "VARCHAR",
    name: "VARCHAR",
    weighting: "DOUBLE",
    target_grade: "INTEGER",
    start_date: "TIMESTAMP",
    target_date: "TIMESTAMP",
    /** Null: the end of the unit. */
    due_date: "TIMESTAMP",
    is_graded: "BOOLEAN",
    max_quality_pts: "INTEGER",
    tutorial_stream_id: "BIGINT",
    ...stamps,
  },
  /** Only tasks somebody has touched have a row; the others are "not started". */
  tasks: {
    id: "BIGINT",
    task_definition_id: "BIGINT",
    project_id: "BIGINT",
    task_status_id: "BIGINT",
    submission_date: "TIMESTAMP",
    assessment_date: "TIMESTAMP",
    /** The first day the task was ready in the marker's eyes: complete, discuss or demonstrate. */
    completion_date: "DATE",
    times_assessed: "INTEGER",
    extensions: "INTEGER",
    /** -1 Fail to 3 High Distinction on graded tasks, otherwise null. */
    grade: "INTEGER",
    /** -1 without quality points. */
    quality_pts: "INTEGER",
    contribution_pts: "INTEGER",
    ...stamps,
  },
  /**
   * One row a submission, and one more for every later assessment of the same submission (same `submission_time`),
   * such as the sign-off in class after "Discuss". A submission after the due date is closed as "Time Exceeded" at
   * once with the student as `assessor_id`, and leaves a second row without an assessment.
   */
  task_submissions: {
    id: "BIGINT",
    task_id: "BIGINT",
    submission_time: "TIMESTAMP",
    /** Null while the student waits. */
    assessment_time: "TIMESTAMP",
    /** A `users.id`. */
    assessor_id: "BIGINT",
    /** Name of the status the assessment gave. */
    outcome: "VARCHAR",
    ...stamps,
  },
  /** Every change of a task's status, by its name. */
  task_engagements: {
    id: "BIGINT",
    task_id: "BIGINT",
    engagement_time: "TIMESTAMP",
    engagement: "VARCHAR",
    ...stamps,
  },
  task_comments: {
    id: "BIGINT",
    task_id: "BIGINT",
    user_id: "BIGINT",
    recipient_id: "BIGINT",
    content_type: "VARCHAR",
    /** `TaskStatusComment`, `ExtensionComment`, or null for what a person wrote. */
    type: "VARCHAR",
    created_at: "TIMESTAMP",
    task_status_id: "BIGINT",
    extension_weeks: "INTEGER",
    extension_granted: "BOOLEAN",
    date_extension_assessed: "TIMESTAMP",
    /** A `users.id`. */
    assessor_id: "BIGINT",
  },
  learning_outcomes: {
    id: "BIGINT",
    unit_id: "BIGINT",
    ilo_number: "INTEGER",
    abbreviation: "VARCHAR",
    name: "VARCHAR",
    description: "VARCHAR",
  },
  /** Unit-level alignments have no `task_id`. Ratings go from 1 to 5. */
  learning_outcome_task_links: {
    id: "BIGINT",
    learning_outcome_id: "BIGINT",
    task_definition_id: "BIGINT",
    task_id: "BIGINT",
    rating: "INTEGER",
    ...stamps,
  },
} as const satisfies Readonly<Record<string, ColumnSpecs>>;
