import { domainCases } from "@thoth/testing/domain-case";
import type { RawRows } from "@thoth/testing/raw-rows";
import { describe, expect, test } from "vitest";
import { type SmallOffering, smallOffering, statusId, taskId } from "../../testing/small-offering.ts";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));
const tutor = 50;

/** Student 1 to 4 with one task each, all ready for feedback. */
const fourStudents: SmallOffering = {
  tasks: { A: {} },
  students: Array.from({ length: 4 }, () => ({ work: { A: "ready_for_feedback" as const } })),
};

interface Row {
  readonly student?: number;
  readonly at: string | null;
  readonly answered?: string;
  readonly by?: number;
}

function submissionRows(rows: readonly Row[]): RawRows {
  return {
    task_submissions: rows.map(({ student = 1, at, answered, by = tutor }, index) => ({
      id: index + 1,
      task_id: taskId(student, 1),
      submission_time: at,
      assessment_time: answered,
      assessor_id: answered === undefined ? undefined : by,
    })),
  };
}

async function turnaround(rows: readonly Row[], extra: RawRows = {}, spec: SmallOffering = fourStudents) {
  const raw = { ...smallOffering(spec), ...submissionRows(rows), ...extra };
  await using world = await openCase({ raw });
  const weeks = await world.product("feedback-turnaround");
  return { weeks, broken: await world.brokenPromises("feedback-turnaround") };
}

describe("turnaround", () => {
  test("hours from submission to answer, judged by the unit's thresholds to the hour", async () => {
    const { weeks, broken } = await turnaround([
      { student: 1, at: "2026-03-02T09:00:00", answered: "2026-03-03T09:00:00" },
      { student: 2, at: "2026-03-02T09:00:00", answered: "2026-03-07T09:00:00" },
      { student: 3, at: "2026-03-02T09:00:00", answered: "2026-03-07T09:00:01" },
      { student: 4, at: "2026-03-02T09:00:00" },
    ]);
    expect(weeks[0]).toMatchObject({
      unit_code: "COS10001",
      teaching_period: "2026-T1",
      week: "2026-03-02",
      teaching_week: 1,
      submitted: 4,
      assessed: 3,
      within_warning: 2,
      within_overflow: 3,
      median_hours: 120,
      awaiting: 1,
      overdue: 0,
    });
    expect(weeks[0]?.share_within_warning).toBeCloseTo(2 / 3, 12);
    expect(weeks[0]?.p90_hours).toBeCloseTo(120 + 0.8 / 3600, 9);
    expect(broken).toEqual([]);
  });

  test("an even number has the mean of the middle two", async () => {
    const { weeks } = await turnaround([
      { student: 1, at: "2026-03-02T00:00:00", answered: "2026-03-02T10:00:00" },
      { student: 2, at: "2026-03-02T00:00:00", answered: "2026-03-02T20:00:00" },
    ]);
    expect(weeks[0]).toMatchObject({ median_hours: 15, p90_hours: 19 });
  });

  test("an offering's own thresholds replace the defaults", async () => {
    const base = smallOffering(fourStudents);
    const units = (base.units ?? []).map((unit) => ({
      ...unit,
      feedback_warning_threshold_days: 1,
      feedback_overflow_threshold_days: 2,
    }));
    const { weeks } = await turnaround(
      [
        { student: 1, at: "2026-03-02T00:00:00", answered: "2026-03-03T00:00:00" },
        { student: 2, at: "2026-03-02T00:00:00", answered: "2026-03-04T00:00:00" },
        { student: 3, at: "2026-03-02T00:00:00", answered: "2026-03-05T00:00:00" },
      ],
      { units },
    );
    expect(weeks[0]).toMatchObject({
      assessed: 3,
      within_warning: 1,
      within_overflow: 2,
      feedback_warning_days: 1,
      feedback_overflow_days: 2,
    });
  });

  test("an answer counts in the week it was given, and weeks between are not left out", async () => {
    const { weeks } = await turnaround([{ at: "2026-03-05T00:00:00", answered: "2026-03-17T00:00:00" }]);
    expect(weeks.map((week) => [week.week, week.submitted, week.assessed, week.awaiting, week.overdue])).toEqual([
      ["2026-03-02", 1, 0, 1, 0],
      ["2026-03-09", 0, 0, 1, 1],
      ["2026-03-16", 0, 1, 0, 0],
    ]);
    expect(weeks[1]).toMatchObject({ share_within_warning: null, median_hours: null, p90_hours: null });
  });

  test("a later look at the same submission is no second answer", async () => {
    const at = "2026-03-02T00:00:00";
    const { weeks } = await turnaround([
      { at, answered: "2026-03-03T00:00:00" },
      { at, answered: "2026-03-05T00:00:00" },
      { at: null, student: 2, answered: "2026-03-05T00:00:00" },
    ]);
    expect(weeks[0]).toMatchObject({ submitted: 1, assessed: 1, median_hours: 24, repeat_assessments: 2 });
  });

  test("what OnTrack closes in the student's name is neither an answer nor waiting", async () => {
    const at = "2026-03-02T00:00:00";
    const { weeks } = await turnaround([
      { student: 3, at, answered: at, by: 3 },
      { student: 3, at },
    ]);
    expect(weeks[0]).toMatchObject({ submitted: 1, assessed: 0, automatic_closures: 1, awaiting: 0 });
  });

  test("an assessment before its submission is set aside and reported", async () => {
    const { weeks, broken } = await turnaround([{ at: "2026-03-03T00:00:00", answered: "2026-03-02T23:50:00" }]);
    expect(weeks[0]).toMatchObject({ assessed: 0, implausible_assessments: 1, median_hours: null, awaiting: 0 });
    expect(broken).toEqual([expect.stringContaining("dated before its submission")]);
  });

  test("rows dumped twice count once", async () => {
    const once = { at: "2026-03-02T00:00:00", answered: "2026-03-03T00:00:00" };
    const { task_submissions = [] } = submissionRows([once]);
    const { weeks } = await turnaround([], { task_submissions: [...task_submissions, ...task_submissions] });
    expect(weeks[0]).toMatchObject({ submitted: 1, assessed: 1, repeat_assessments: 0 });
  });
});

describe("waiting", () => {
  test("ends when the student sends a newer submission", async () => {
    const { weeks } = await turnaround([{ at: "2026-03-03T00:00:00" }, { at: "2026-03-10T00:00:00" }]);
    expect(weeks.map((week) => [week.week, week.submitted, week.awaiting])).toEqual([
      ["2026-03-02", 1, 1],
      ["2026-03-09", 1, 1],
    ]);
  });

  test("ends when the student takes the task back or withdraws", async () => {
    const base = smallOffering({
      ...fourStudents,
      students: [
        { work: { A: "working_on_it" } },
        { enrolled: false, work: { A: "ready_for_feedback" } },
        { work: { A: "ready_for_feedback" } },
      ],
    });
    const tasks = (base.tasks ?? []).map((task) => ({ ...task, updated_at: "2026-03-05T00:00:00" }));
    const rows = [1, 2, 3].map((student) => ({ student, at: "2026-03-03T00:00:00" }));
    const { weeks } = await turnaround([], { ...base, tasks, ...submissionRows(rows) });
    expect(weeks[0]).toMatchObject({ submitted: 3, awaiting: 1 });
  });

  test("shows the running week up to now", async () => {
    const log = [{ at: "2026-03-12T12:00:00Z", kind: "other" }];
    const { weeks } = await turnaround([{ at: "2026-03-05T00:00:00" }], { log_lines: log });
    expect(weeks.map((week) => [week.week, week.awaiting, week.overdue])).toEqual([
      ["2026-03-02", 1, 0],
      ["2026-03-09", 1, 1],
    ]);
  });
});

describe("marking", () => {
  const assess = (at: string, who: string, student = 1) => ({
    at,
    kind: "assessing",
    task_id: taskId(student, 1),
    user_key: who,
    ip_key: "desk",
  });

  test("minutes are added up in the week a session starts in", async () => {
    const log = [
      {
        at: "2026-03-08T23:50:00Z",
        kind: "request",
        method: "GET",
        path: "/api/units/1/tasks/inbox",
        unit_id: 1,
        ip_key: "desk",
      },
      assess("2026-03-09T00:00:30Z", "tutor"),
      assess("2026-03-10T10:00:00Z", "tutor"),
      assess("2026-03-10T10:07:59Z", "tutor", 2),
    ];
    const { weeks } = await turnaround([{ at: "2026-03-03T00:00:00" }], { log_lines: log });
    expect(weeks.map((week) => [week.week, week.marking_minutes])).toEqual([
      ["2026-03-02", 10],
      ["2026-03-09", 7],
    ]);
  });

  test("a break has no teaching week and the count goes on after it", async () => {
    const spec = { ...fourStudents, breaks: [{ start: "2026-03-09", weeks: 1 }] };
    const { weeks } = await turnaround([{ at: "2026-03-03T00:00:00", answered: "2026-03-17T00:00:00" }], {}, spec);
    expect(weeks.map((week) => week.teaching_week)).toEqual([1, null, 2]);
  });
});

test("status ids say what a status is, whatever it is called", async () => {
  const base = smallOffering(fourStudents);
  const task_statuses = [{ id: statusId.ready_for_feedback, name: "Ready to Mark" }];
  const { weeks } = await turnaround([{ at: "2026-03-03T00:00:00" }], {
    ...base,
    task_statuses,
    ...submissionRows([{ at: "2026-03-03T00:00:00" }]),
  });
  expect(weeks[0]).toMatchObject({ awaiting: 1 });
});
