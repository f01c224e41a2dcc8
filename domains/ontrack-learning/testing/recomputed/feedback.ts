import { groupBy, type OntrackTables, periodName, type UnitRow } from "./ontrack-tables.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** One line of the log that the 15-minute method looks at. */
export interface MarkingLine {
  readonly at: string;
  readonly kind: string;
  readonly path: string | null;
  readonly unit_id: number | null;
  readonly task_id: number | null;
  readonly user_key: string | null;
  readonly ip_key: string | null;
}

/** Counts of `feedback-turnaround` by plain loops: `unit id/Monday` → what happened that week. */
export function recomputeFeedback(tables: OntrackTables): Map<string, Record<string, unknown>> {
  const owner = new Map(tables.projects.map((project) => [project.id, project]));
  const projectOf = new Map(tables.tasks.map((task) => [task.id, owner.get(task.project_id)]));
  const units = new Map(tables.units.map((unit) => [unit.id, unit]));
  const hours = new Map<string, number[]>();
  const weeks = new Map<string, Record<string, number>>();
  for (const [taskId, rows] of groupBy(tables.task_submissions, (row) => row.task_id)) {
    const project = projectOf.get(taskId);
    if (project === undefined) continue;
    for (const [submitted, looks] of groupBy(rows, (row) => row.submission_time)) {
      add(weeks, key(project.unit_id, submitted), "submitted");
      const answers = looks
        .filter((row) => row.assessment_time !== null)
        .sort((a, b) => ((a.assessment_time ?? "") < (b.assessment_time ?? "") ? -1 : 1));
      let answered = false;
      for (const { assessment_time, assessor_id } of answers) {
        const at = key(project.unit_id, assessment_time ?? "");
        const wait = Date.parse(assessment_time ?? "") - Date.parse(submitted);
        if (assessor_id === project.user_id) add(weeks, at, "automatic_closures");
        else if (wait < 0) add(weeks, at, "implausible_assessments");
        else if (answered) add(weeks, at, "repeat_assessments");
        else {
          answered = true;
          hours.set(at, [...(hours.get(at) ?? []), wait / hourMs]);
        }
      }
    }
  }
  return new Map(
    [...new Set([...weeks.keys(), ...hours.keys()])].map((at) => {
      const unit = units.get(Number(at.split("/")[0])) as UnitRow;
      const name = { unit_code: unit.code, teaching_period: periodName(tables, unit), week: at.split("/")[1] };
      return [at, { ...name, ...weeks.get(at), ...judge(unit, hours.get(at) ?? []) }];
    }),
  );
}

function judge(unit: UnitRow, hours: readonly number[]): Record<string, unknown> {
  const sorted = hours.toSorted((a, b) => a - b);
  const within = (days: number) => hours.filter((wait) => wait <= days * 24).length;
  const quantile = (share: number) => {
    const position = (sorted.length - 1) * share;
    const [low, high] = [sorted[Math.floor(position)] ?? 0, sorted[Math.ceil(position)] ?? 0];
    return low + (high - low) * (position - Math.floor(position));
  };
  return {
    assessed: hours.length,
    within_warning: within(unit.feedback_warning_threshold_days ?? 5),
    within_overflow: within(unit.feedback_overflow_threshold_days ?? 7),
    median_hours: hours.length === 0 ? null : quantile(0.5),
    p90_hours: hours.length === 0 ? null : quantile(0.9),
  };
}

/** Marking minutes by the 15-minute method, walking each address line by line: `unit id/Monday` → minutes. */
export function recomputeMarking(tables: OntrackTables, lines: readonly MarkingLine[]): Map<string, number> {
  const names = new Map(tables.users.map((user) => [user.id, user.username]));
  const projects = new Map(tables.projects.map((project) => [project.id, project]));
  const projectOf = new Map(tables.tasks.map((task) => [task.id, projects.get(task.project_id)]));
  const minutes = new Map<string, number>();
  for (const walk of groupBy(lines, (line) => line.ip_key ?? line.user_key).values()) {
    let session: { unit: number; first: number; last: number; marker: string | null } | undefined;
    const close = () => {
      const length = session === undefined ? 0 : Math.floor((session.last - session.first) / 60_000);
      if (session === undefined || length === 0) return;
      const week = key(session.unit, new Date(session.first).toISOString());
      minutes.set(week, (minutes.get(week) ?? 0) + length);
    };
    for (const line of walk.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
      const inbox = line.kind === "request" && /\/units\/\d+\/tasks\/inbox$/.test(line.path ?? "");
      const project = line.kind === "assessing" ? projectOf.get(line.task_id ?? 0) : undefined;
      if (project !== undefined && names.get(project.user_id) === line.user_key) continue;
      const unit = inbox ? line.unit_id : project?.unit_id;
      if (unit === null || unit === undefined) continue;
      const at = Date.parse(line.at);
      const who = inbox ? null : line.user_key;
      const stranger = who !== null && session?.marker != null && session.marker !== who;
      if (session === undefined || at - session.last > 15 * 60_000 || session.unit !== unit || stranger) {
        close();
        session = { unit, first: at, last: at, marker: who };
      } else {
        session.last = at;
        session.marker ??= who;
      }
    }
    close();
  }
  return minutes;
}

function add(weeks: Map<string, Record<string, number>>, at: string, what: string): void {
  const row = weeks.get(at) ?? {};
  row[what] = (row[what] ?? 0) + 1;
  weeks.set(at, row);
}

function key(unit: number, time: string): string {
  const day = Math.floor(Date.parse(time) / dayMs) * dayMs;
  const monday = day - ((new Date(day).getUTCDay() + 6) % 7) * dayMs;
  return `${unit}/${new Date(monday).toISOString().slice(0, 10)}`;
}
