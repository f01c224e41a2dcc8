import { domainCases } from "@thoth/testing/domain-case";
import { describe, expect, test } from "vitest";
import { type SmallOffering, type SmallStudent, smallOffering } from "../../testing/small-offering.ts";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));

/** Four weeks; A, B and C weigh 10 together, D is for Distinction. */
const fourWeeks = {
  start: "2026-03-02",
  end: "2026-03-30",
  tasks: {
    A: { weight: 2, target: "2026-03-09" },
    B: { weight: 3, target: "2026-03-16" },
    C: { weight: 5, target: "2026-03-23" },
    D: { weight: 10, target: "2026-03-30", grade: 2 },
  },
} satisfies SmallOffering;

async function progress(spec: SmallOffering, today: string) {
  const raw = { ...smallOffering(spec), log_lines: [{ at: `${today}T00:00:00Z`, kind: "other" }] };
  await using world = await openCase({ raw });
  const rows = await world.product("student-progress");
  expect(await world.brokenPromises("student-progress")).toEqual([]);
  return rows;
}

async function lines(student: SmallStudent, today: string) {
  const rows = await progress({ ...fourWeeks, students: [student] }, today);
  return Object.fromEntries(
    ["week_start", "target", "submitted", "complete", "projected", "weekly_completion_rate"].map((line) => [
      line,
      rows.map((row) => (typeof row[line] === "number" ? Number((row[line] as number).toFixed(4)) : row[line])),
    ]),
  );
}

const busy: SmallStudent = {
  work: {
    A: { status: "complete", submitted: "2026-03-05T10:00:00", completed: "2026-03-08" },
    B: { status: "ready_for_feedback", submitted: "2026-03-12T10:00:00" },
    C: { status: "working_on_it", submitted: "2026-03-11T10:00:00" },
  },
};

describe("burndown", () => {
  test("has a point every seventh day until three weeks after the end", async () => {
    const { week_start } = await lines(busy, "2026-03-18");
    expect(week_start).toEqual([
      ...["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"],
      ...["2026-03-30", "2026-04-06", "2026-04-13", "2026-04-20"],
    ]);
  });

  test("target: what is due that day or later", async () => {
    const { target } = await lines(busy, "2026-03-18");
    expect(target).toEqual([1, 1, 0.8, 0.5, 0, 0, 0, 0]);
  });

  test("submitted and complete: up to the first point after today, by the dates of the work", async () => {
    const { submitted, complete } = await lines(busy, "2026-03-18");
    expect(submitted).toEqual([1, 0.8, 0.5, 0.5, null, null, null, null]);
    expect(complete).toEqual([1, 0.8, 0.8, 0.8, null, null, null, null]);
  });

  test("projected: falls by the pace so far until it reaches the ground", async () => {
    // 16 days are three weeks begun: 5 / 3 a week, of 10
    expect((await lines(busy, "2026-03-18")).projected?.slice(0, 6)).toEqual([1, 0.8333, 0.6667, 0.5, 0.3333, 0.1667]);
    // 6 a week, of 10: the line ends with its first value that is not above 0
    const done = { status: "complete", submitted: "2026-03-05", completed: "2026-03-06" } as const;
    const quick = {
      ...fourWeeks.tasks,
      A: { weight: 3, target: "2026-03-09" },
      C: { weight: 4, target: "2026-03-23" },
    };
    const rows = await progress(
      { ...fourWeeks, tasks: quick, students: [{ work: { A: done, B: done } }] },
      "2026-03-08",
    );
    expect(rows.map((row) => row.projected)).toEqual([1, 0.4, -0.2, null, null, null, null, null]);
  });

  test("projected: stays up when nothing is done", async () => {
    expect((await lines({}, "2026-03-18")).projected).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  test("after the end everything is known and the pace counts no further weeks", async () => {
    const { submitted, projected } = await lines(busy, "2026-05-01");
    expect(submitted).toEqual([1, 0.8, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    // four weeks to the last day: 5 / 4 a week
    expect(projected?.slice(0, 3)).toEqual([1, 0.875, 0.75]);
  });

  test("work above the target grade counts as submitted, below 0 if need be", async () => {
    const work = { D: { status: "complete", submitted: "2026-03-04", completed: "2026-03-06" } } as const;
    const early = { ...busy, work: { ...busy.work, ...work } };
    expect((await lines(early, "2026-03-18")).submitted).toEqual([1, -0.2, -0.5, -0.5, null, null, null, null]);
  });

  test("a student who owes nothing has no lines", async () => {
    const rows = await progress({ ...fourWeeks, tasks: { D: { grade: 2 } }, students: [{}] }, "2026-03-18");
    expect(rows[0]).toMatchObject({
      target: null,
      submitted: null,
      complete: null,
      projected: null,
      weekly_completion_rate: 0,
    });
  });
});

describe("weekly completion rate", () => {
  test("weight that is ready or complete, by weeks begun, at least one", async () => {
    const { weekly_completion_rate } = await lines(busy, "2026-03-18");
    expect(weekly_completion_rate).toEqual([0, 2, 2.5, 1.6667, null, null, null, null]);
  });

  test("work above the target grade does not count, weeks after the end do not divide", async () => {
    const work = { D: { status: "complete", submitted: "2026-03-04", completed: "2026-03-06" } } as const;
    const { weekly_completion_rate } = await lines({ ...busy, work: { ...busy.work, ...work } }, "2026-05-01");
    expect(weekly_completion_rate).toEqual([0, 2, 2.5, 1.6667, 1.25, 1.25, 1.25, 1.25]);
  });
});

describe("who is in it", () => {
  test("only students who opted in; not asked is no", async () => {
    const students = [{ optIn: true }, { optIn: false }, { optIn: null }];
    const rows = await progress({ ...fourWeeks, students }, "2026-03-18");
    expect(new Set(rows.map((row) => row.enrolment)).size).toBe(1);
    expect(rows).toHaveLength(8);
  });

  test("a pseudonym and no id, with campus and target grade when they are known", async () => {
    const rows = await progress(
      { ...fourWeeks, students: [{ campus: null }, { grade: 3, enrolled: false }] },
      "2026-03-18",
    );
    const byCampus = (campus: string | null) => rows.find((row) => row.campus === campus);
    expect(byCampus(null)).toMatchObject({
      target_grade: "pass",
      enrolled: true,
      unit_code: "COS10001",
      teaching_period: "2026-T1",
    });
    expect(byCampus("B")).toMatchObject({ target_grade: "high_distinction", enrolled: false });
    for (const row of rows) expect(row.enrolment).toMatch(/^[0-9a-f]{16}$/);
  });

  test("nobody whose offering ended more than three years ago", async () => {
    const kept = await progress({ ...fourWeeks, students: [busy] }, "2029-03-30");
    const gone = await progress({ ...fourWeeks, students: [busy] }, "2029-03-31");
    expect([kept.length, gone.length]).toEqual([8, 0]);
  });
});

test("weeks of a break have no teaching week", async () => {
  const rows = await progress(
    { ...fourWeeks, breaks: [{ start: "2026-03-09", weeks: 1 }], students: [{}] },
    "2026-03-18",
  );
  expect(rows.map((row) => row.teaching_week)).toEqual([1, null, 2, 3, 4, null, null, null]);
});
