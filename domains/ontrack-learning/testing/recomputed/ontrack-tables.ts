/** The OnTrack database as plain objects: one a row, keys as numbers, times as ISO texts. */
export interface OntrackTables {
  readonly units: readonly UnitRow[];
  readonly teaching_periods: readonly { readonly id: number; readonly period: string; readonly year: number }[];
  readonly users: readonly {
    readonly id: number;
    readonly username: string;
    readonly opt_in_to_research: boolean | null;
  }[];
  readonly projects: readonly ProjectRow[];
  readonly task_definitions: readonly DefinitionRow[];
  readonly tasks: readonly TaskRow[];
  readonly tutorials: readonly {
    readonly id: number;
    readonly unit_id: number;
    readonly abbreviation: string;
    readonly tutorial_stream_id: number | null;
  }[];
  readonly tutorial_enrolments: readonly {
    readonly id: number;
    readonly project_id: number;
    readonly tutorial_id: number;
  }[];
  readonly task_submissions: readonly SubmissionRow[];
  readonly learning_outcomes: readonly {
    readonly id: number;
    readonly unit_id: number;
    readonly abbreviation: string;
  }[];
  readonly learning_outcome_task_links: readonly {
    readonly id: number;
    readonly learning_outcome_id: number;
    readonly task_definition_id: number;
    readonly task_id: number | null;
    readonly rating: number;
  }[];
}

export interface UnitRow {
  readonly id: number;
  readonly code: string;
  readonly teaching_period_id: number;
  readonly start_date: string;
  readonly end_date: string;
  readonly feedback_warning_threshold_days: number | null;
  readonly feedback_overflow_threshold_days: number | null;
}

export interface ProjectRow {
  readonly id: number;
  readonly unit_id: number;
  readonly user_id: number;
  readonly enrolled: boolean;
  readonly target_grade: number;
}

export interface DefinitionRow {
  readonly id: number;
  readonly unit_id: number;
  readonly abbreviation: string;
  readonly weighting: number;
  readonly target_grade: number;
  readonly target_date: string;
  readonly tutorial_stream_id: number | null;
}

export interface TaskRow {
  readonly id: number;
  readonly project_id: number;
  readonly task_definition_id: number;
  readonly task_status_id: number;
  readonly submission_date: string | null;
  readonly assessment_date: string | null;
  readonly completion_date: string | null;
}

export interface SubmissionRow {
  readonly id: number;
  readonly task_id: number;
  readonly submission_time: string;
  readonly assessment_time: string | null;
  readonly assessor_id: number | null;
}

const tableNames = [
  ...["units", "teaching_periods", "users", "projects", "task_definitions", "tasks", "tutorials"],
  ...["tutorial_enrolments", "task_submissions", "learning_outcomes", "learning_outcome_task_links"],
] as const;

interface RowReader {
  query(sql: string): Promise<Readonly<Record<string, unknown>>[]>;
}

/** Reads raw tables whole, one row per id. */
export async function readOntrackTables(engine: RowReader): Promise<OntrackTables> {
  const tables: Record<string, unknown> = {};
  for (const name of tableNames) {
    const rows = (await engine.query(`from raw.${name}`)).map(plainRow);
    tables[name] = [...new Map(rows.map((row) => [row.id, row])).values()];
  }
  return tables as unknown as OntrackTables;
}

function plainRow(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]),
  );
}

/** `2026-T1`. */
export function periodName(tables: OntrackTables, unit: UnitRow): string {
  const period = tables.teaching_periods.find((candidate) => candidate.id === unit.teaching_period_id);
  return `${period?.year}-${period?.period}`;
}

export function groupBy<Key, Item>(items: readonly Item[], key: (item: Item) => Key): Map<Key, Item[]> {
  return Map.groupBy(items, key);
}
