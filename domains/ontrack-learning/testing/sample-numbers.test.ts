import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DomainCase, domainCases } from "@thoth/testing/domain-case";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSample } from "../sample/write-sample.ts";
import { recomputeCompletion } from "./recomputed/completion.ts";
import { type MarkingLine, recomputeFeedback, recomputeMarking } from "./recomputed/feedback.ts";
import { type OntrackTables, readOntrackTables } from "./recomputed/ontrack-tables.ts";
import { recomputeOutcomes } from "./recomputed/outcomes.ts";
import { recomputeProgress } from "./recomputed/progress.ts";
import { differences } from "./row-differences.ts";

/** In the middle of a week and of a trimester. */
const asOf = Date.parse("2026-08-19T04:00:00Z");

let dir: TempDir;
let world: DomainCase;
let tables: OntrackTables;

beforeAll(async () => {
  dir = await tempDir();
  await writeSample({ dir: dir.path, seed: 20260819, asOf, scale: 0.01 });
  world = await domainCases(new URL("../domain.ts", import.meta.url))();
  await world.extract(dir.path, asOf + 3 * 3_600_000);
  tables = await readOntrackTables(world.engine);
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await dir?.[Symbol.asyncDispose]();
});

test.each(["units", "task-completion", "feedback-turnaround", "student-progress", "outcome-attainment"])(
  "%s keeps every promise of its contract",
  async (product) => {
    const rows = await world.product(product);
    expect(rows.length).toBeGreaterThan(0);
    expect(await world.brokenPromises(product)).toEqual([]);
  },
);

test("units has one row for each code, with the students of its latest offering", async () => {
  const expected = [...Map.groupBy(tables.units, (unit) => unit.code)].map(([code, offerings]) => {
    const latest = offerings.toSorted((a, b) => (a.start_date < b.start_date ? 1 : -1))[0];
    const enrolled_students = tables.projects.filter(
      (project) => project.unit_id === latest?.id && project.enrolled,
    ).length;
    return { code, offerings: offerings.length, enrolled_students, start_date: latest?.start_date.slice(0, 10) };
  });
  expect(differences(await world.product("units"), expected, ["code"])).toEqual([]);
});

test("task-completion is what plain loops over the database find", async () => {
  const key = ["unit_code", "teaching_period", "breakdown", "tutorial", "target_grade", "task"];
  const rows = (await world.product("task-completion")).filter((row) => row.tutorial !== "none");
  expect(differences(rows, recomputeCompletion(tables), key)).toEqual([]);
});

test("outcome-attainment is what plain loops over the database find", async () => {
  const rows = await world.product("outcome-attainment");
  expect(differences(rows, recomputeOutcomes(tables), ["unit_code", "teaching_period", "outcome"])).toEqual([]);
});

test("student-progress is what plain loops over the database find, under pseudonyms", async () => {
  const projects = await world.engine.query("select enrolment, project_id from clean.enrolments");
  const projectOf = new Map(projects.map((row) => [row.enrolment, Number(row.project_id)]));
  const rows = (await world.product("student-progress")).map(({ enrolment, ...row }) => ({
    ...row,
    project_id: projectOf.get(enrolment),
  }));
  const [extraction] = await world.clean("extraction");
  const expected = recomputeProgress(tables, Date.parse(String(extraction?.as_of)));
  expect(differences(rows, expected, ["project_id", "week"])).toEqual([]);
});

describe("feedback-turnaround", () => {
  const key = ["unit_code", "teaching_period", "week"];

  test("counts and hours are what plain loops over the submissions find", async () => {
    const busy = ["submitted", "assessed", "repeat_assessments", "automatic_closures", "implausible_assessments"];
    const rows = (await world.product("feedback-turnaround")).filter((row) => busy.some((column) => row[column] !== 0));
    expect(differences(rows, [...recomputeFeedback(tables).values()], key)).toEqual([]);
  });

  test("marking minutes are what walking the log line by line finds", async () => {
    const lines = await world.engine.query("from raw.log_lines where kind in ('request', 'assessing')");
    const minutes = recomputeMarking(tables, lines.map(markingLine));
    const rows = await world.engine.query(
      `select offering_id || '/' || strftime(date_trunc('week', started_at), '%Y-%m-%d') as week, sum(minutes) as minutes
       from clean.marking_sessions group by all`,
    );
    expect(Object.fromEntries(rows.map((row) => [row.week, Number(row.minutes)]))).toEqual(Object.fromEntries(minutes));
    const total = (await world.product("feedback-turnaround")).reduce(
      (sum, row) => sum + Number(row.marking_minutes),
      0,
    );
    expect(total).toBe([...minutes.values()].reduce((sum, length) => sum + length, 0));
  });

  test("what waits in the running week is what stands at Ready for Feedback", async () => {
    const rows = await world.product("feedback-turnaround");
    const now = rows.filter((row) => row.week === "2026-08-17").reduce((sum, row) => sum + Number(row.awaiting), 0);
    const enrolled = new Map(tables.projects.map((project) => [project.id, project]));
    const running = new Set(tables.units.filter((unit) => Date.parse(unit.end_date) > asOf).map((unit) => unit.id));
    const waiting = tables.tasks.filter((task) => {
      const project = enrolled.get(task.project_id);
      return task.task_status_id === 9 && project?.enrolled === true && running.has(project.unit_id);
    });
    expect(now).toBe(waiting.length);
  });
});

test("the faults planted in the sample come out where they belong", async () => {
  const manifest = JSON.parse(await readFile(join(dir.path, "ontrack", "faults.json"), "utf8")) as {
    faults: { kind: string; count: number }[];
  };
  const planted = (kind: string) => manifest.faults.find((fault) => fault.kind === kind)?.count;
  const rows = await world.product("feedback-turnaround");
  const implausible = rows.reduce((sum, row) => sum + Number(row.implausible_assessments), 0);
  expect(implausible).toBe(planted("assessment-clock-skew"));
  const [campus] = await world.engine.query("select count(*) filter (campus is null) as missing from clean.enrolments");
  expect(Number(campus?.missing)).toBe(planted("campus-null"));
});

function markingLine(row: Readonly<Record<string, unknown>>): MarkingLine {
  const number = (value: unknown) => (value === null ? null : Number(value));
  return { ...(row as unknown as MarkingLine), unit_id: number(row.unit_id), task_id: number(row.task_id) };
}
