import { domainCases } from "@thoth/testing/domain-case";
import { describe, expect, test } from "vitest";
import { type SmallOffering, type SmallStudent, smallOffering } from "../../testing/small-offering.ts";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));

async function taskCompletion(spec: SmallOffering) {
  await using world = await openCase({ raw: smallOffering(spec) });
  const rows = await world.product("task-completion");
  expect(await world.brokenPromises("task-completion")).toEqual([]);
  return (key: { breakdown: string; tutorial?: string; target_grade?: string; task?: string }) => {
    const wanted = { tutorial: "all", target_grade: "all", task: "all", ...key };
    return rows.find((row) => Object.entries(wanted).every(([column, value]) => row[column] === value));
  };
}

/** A student with so many complete tasks out of ten. */
function withComplete(count: number, rest: SmallStudent = {}): SmallStudent {
  const names = Array.from({ length: count }, (_, index) => `T${index + 1}`);
  return { ...rest, work: Object.fromEntries(names.map((name) => [name, "complete" as const])) };
}

const tenTasks = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`T${index + 1}`, {}]));

describe("task completion statistics", () => {
  const cohorts = [
    { counts: [], n: 0, min: 0, lower: 0, median: 0, upper: 0, max: 0, why: "nobody" },
    { counts: [0, 0], n: 0, min: 0, lower: 0, median: 0, upper: 0, max: 0, why: "nobody has a complete task" },
    { counts: [3], n: 1, min: 3, lower: 3, median: 3, upper: 3, max: 3, why: "one value is all five" },
    { counts: [2, 1], n: 2, min: 1, lower: 1, median: 1.5, upper: 2, max: 2, why: "positions 0 and 1 of two" },
    { counts: [0, 5, 2], n: 2, min: 2, lower: 2, median: 3.5, upper: 5, max: 5, why: "zeros are left out" },
    { counts: [4, 1, 7], n: 3, min: 1, lower: 1, median: 4, upper: 7, max: 7, why: "positions 0 and 2 of three" },
    {
      counts: [1, 2, 3, 10],
      n: 4,
      min: 1,
      lower: 2,
      median: 2.5,
      upper: 10,
      max: 10,
      why: "positions 1 and 3 of four",
    },
    { counts: [1, 1, 1, 9, 9], n: 5, min: 1, lower: 1, median: 1, upper: 9, max: 9, why: "ties" },
    {
      counts: [10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
      n: 10,
      min: 1,
      lower: 4,
      median: 5.5,
      upper: 9,
      max: 10,
      why: "positions 3 and 8 of ten",
    },
  ];

  // one tutorial a cohort, so that one world holds them all
  const world = taskCompletion({
    tasks: tenTasks,
    tutorials: Object.fromEntries(cohorts.map(({ why }) => [why, null])),
    students: cohorts.flatMap(({ counts, why }) => counts.map((count) => withComplete(count, { tutorials: [why] }))),
  });

  test.each(cohorts)("$why: $counts", async ({ counts, why, n, min, lower, median, upper, max }) => {
    expect((await world)({ breakdown: "tutorial", tutorial: why })).toMatchObject({
      students: counts.length,
      students_with_complete: n,
      completed_min: min,
      completed_lower: lower,
      completed_median: median,
      completed_upper: upper,
      completed_max: max,
    });
  });

  test("stand for the offering, each tutorial and each target grade", async () => {
    const row = await taskCompletion({
      tasks: tenTasks,
      tutorials: { "LA1-01": null, "LA1-02": null, "LA1-03": null },
      students: [
        withComplete(2, { tutorials: ["LA1-01"] }),
        withComplete(4, { tutorials: ["LA1-01"], grade: 2 }),
        withComplete(9, { tutorials: ["LA1-02"], grade: 2 }),
        withComplete(7),
      ],
    });
    expect(row({ breakdown: "unit" })).toMatchObject({ students: 4, completed_median: 5.5 });
    expect(row({ breakdown: "tutorial", tutorial: "LA1-01" })).toMatchObject({ students: 2, completed_median: 3 });
    expect(row({ breakdown: "tutorial", tutorial: "LA1-02" })).toMatchObject({ students: 1, completed_median: 9 });
    expect(row({ breakdown: "tutorial", tutorial: "LA1-03" })).toMatchObject({
      students: 0,
      completed_max: 0,
      bar_grey: null,
    });
    expect(row({ breakdown: "tutorial", tutorial: "none" })).toMatchObject({ students: 1, completed_median: 7 });
    expect(row({ breakdown: "target_grade", target_grade: "distinction" })).toMatchObject({
      students: 2,
      completed_median: 6.5,
    });
    expect(row({ breakdown: "target_grade", target_grade: "credit" })).toMatchObject({ students: 0, completed_max: 0 });
  });

  test("leave out students who withdrew and tasks above the target grade, and keep those without a campus", async () => {
    const row = await taskCompletion({
      tasks: { P: {}, HD: { grade: 3 } },
      students: [
        { work: { P: "complete", HD: "complete" }, campus: null },
        { work: { P: "complete" }, enrolled: false },
      ],
    });
    expect(row({ breakdown: "unit" })).toMatchObject({ students: 1, completed_max: 1, tasks: 1, complete: 1 });
  });
});

describe("task status counts", () => {
  const spec: SmallOffering = {
    tasks: { "1.1P": { stream: 1 }, "2.1D": { stream: 2, grade: 2 }, "3.1P": {} },
    tutorials: { PRAC: 1, WORK: 2, ANY: null },
    students: [
      { tutorials: ["PRAC", "WORK"], grade: 3, work: { "1.1P": "complete", "2.1D": "redo" } },
      { tutorials: ["PRAC", "WORK"], grade: 0, work: { "1.1P": "not_started" } },
      { tutorials: ["ANY"], grade: 2, work: { "2.1D": "ready_for_feedback", "3.1P": "discuss" } },
      { tutorials: ["PRAC"], grade: 0, enrolled: false, work: { "1.1P": "complete" } },
    ],
  };

  test("count a task in the tutorials of its stream and in those without a stream", async () => {
    const row = await taskCompletion(spec);
    const task = (tutorial: string, name: string) => row({ breakdown: "task", tutorial, task: name });
    expect(task("PRAC", "1.1P")).toMatchObject({ students: 2, tasks: 2, complete: 1, not_started: 1 });
    expect(task("WORK", "2.1D")).toMatchObject({ students: 1, redo: 1, not_started: 0 });
    expect(task("ANY", "1.1P")).toMatchObject({ students: 1, not_started: 1 });
    expect(task("ANY", "2.1D")).toMatchObject({ students: 1, ready_for_feedback: 1, not_started: 0 });
    expect(task("PRAC", "2.1D")).toBeUndefined();
    expect(task("WORK", "1.1P")).toBeUndefined();
  });

  test("place work in no tutorial when no tutorial of the student serves its task", async () => {
    const row = await taskCompletion(spec);
    expect(row({ breakdown: "task", tutorial: "none", task: "3.1P" })).toMatchObject({ students: 2, not_started: 2 });
    expect(row({ breakdown: "tutorial", tutorial: "none" })).toMatchObject({ students: 2, tasks: 2 });
  });

  test("say nothing about whole students in rows of one task", async () => {
    const row = await taskCompletion(spec);
    const task = row({ breakdown: "task", tutorial: "PRAC", task: "1.1P" });
    expect(task).toMatchObject({
      students_with_complete: null,
      completed_median: null,
      bar_green: null,
      order_scale: null,
    });
  });

  test("add up over the tasks for larger groups", async () => {
    const row = await taskCompletion(spec);
    expect(row({ breakdown: "unit" })).toMatchObject({
      students: 3,
      tasks: 8,
      not_started: 4,
      complete: 1,
      redo: 1,
      ready_for_feedback: 1,
      discuss: 1,
    });
    expect(row({ breakdown: "target_grade", target_grade: "pass" })).toMatchObject({ tasks: 2, not_started: 2 });
  });
});

describe("progress bars", () => {
  test("round each colour to two digits and leave the rest to grey", async () => {
    const tasks = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`T${index + 1}`, {}]));
    const work = { T1: "complete", T2: "ready_for_feedback", T3: "redo", T4: "fail" } as const;
    const row = (await taskCompletion({ tasks, students: [{ work }] }))({ breakdown: "unit" });
    expect(row).toMatchObject({ bar_green: 0.14, bar_blue: 0.14, bar_orange: 0.14, bar_red: 0.14, bar_grey: 0.44 });
    expect(row?.order_scale).toBeCloseTo(29.26, 9);
  });

  const colours = [
    ["discuss", "bar_green"],
    ["demonstrate", "bar_green"],
    ["complete", "bar_green"],
    ["ready_for_feedback", "bar_blue"],
    ["redo", "bar_orange"],
    ["need_help", "bar_orange"],
    ["fix_and_resubmit", "bar_orange"],
    ["fail", "bar_red"],
    ["feedback_exceeded", "bar_red"],
    ["time_exceeded", "bar_red"],
    ["working_on_it", "bar_grey"],
    ["not_started", "bar_grey"],
  ] as const;

  const oneStatusEach = taskCompletion({
    tasks: { A: {} },
    tutorials: Object.fromEntries(colours.map(([status]) => [status, null])),
    students: colours.map(([status]) => ({ tutorials: [status], work: { A: status } })),
  });

  test.each(colours)("%s is drawn in %s", async (status, colour) => {
    expect((await oneStatusEach)({ breakdown: "tutorial", tutorial: status })).toMatchObject({
      [colour]: 1,
      [status]: 1,
    });
  });

  test("are averaged over the students, all grey for one who owes nothing", async () => {
    const row = await taskCompletion({
      tasks: { C: { grade: 1 } },
      students: [{ grade: 1, work: { C: "complete" } }, { grade: 0 }],
    });
    expect(row({ breakdown: "unit" })).toMatchObject({ bar_green: 0.5, bar_grey: 0.5, order_scale: 50, tasks: 1 });
  });

  test("keep two digits of small shares", async () => {
    const tasks = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`T${index + 1}`, {}]));
    const row = (await taskCompletion({ tasks, students: [{ work: { T1: "complete" } }] }))({ breakdown: "unit" });
    expect(row).toMatchObject({ bar_green: 0.0033, bar_grey: 1 });
  });
});
