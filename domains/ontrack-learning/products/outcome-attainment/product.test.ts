import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";
import { type SmallOffering, smallOffering } from "../../testing/small-offering.ts";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));

async function attainment(spec: SmallOffering, extra: object = {}) {
  await using world = await openCase({ raw: { ...smallOffering(spec), ...extra } });
  const rows = await world.product("outcome-attainment");
  return { rows, broken: await world.brokenPromises("outcome-attainment") };
}

test("a score is rating times status weight times grade weight, over the student's aligned tasks", async () => {
  const { rows, broken } = await attainment({
    tasks: { P: {}, C: { grade: 1 }, D: { grade: 2 }, HD: { grade: 3 } },
    outcomes: { DESIGN: { P: 3, C: 2, D: 4, HD: 1 }, BUILD: { P: 1 } },
    // DESIGN: 3*1*1 + 2*0.7*2 + 4*0.3*4 + 1*0.8*8 = 17; BUILD: 1*1*1 = 1
    students: [{ grade: 3, work: { P: "complete", C: "ready_for_feedback", D: "fix_and_resubmit", HD: "discuss" } }],
  });
  expect(rows).toEqual([
    expect.objectContaining({
      outcome: "BUILD",
      outcome_number: 2,
      aligned_tasks: 1,
      attainable: 1,
      attainment_median: 1,
    }),
    expect.objectContaining({
      unit_code: "COS10001",
      teaching_period: "2026-T1",
      outcome: "DESIGN",
      outcome_name: "DESIGN",
      aligned_tasks: 4,
      attainable: 31,
      students: 1,
      students_with_evidence: 1,
      attainment_min: 17,
      attainment_lower: 17,
      attainment_median: 17,
      attainment_upper: 17,
      attainment_max: 17,
    }),
  ]);
  expect(broken).toEqual([]);
});

const weights = [
  ["complete", 1],
  ["discuss", 0.8],
  ["demonstrate", 0.8],
  ["ready_for_feedback", 0.7],
  ["time_exceeded", 0.5],
  ["fix_and_resubmit", 0.3],
  ["redo", 0.1],
  ["feedback_exceeded", 0.1],
  ["working_on_it", 0],
  ["need_help", 0],
  ["fail", 0],
  ["not_started", 0],
] as const;

// a task and an outcome for each status
const oneStatusEach = attainment({
  tasks: Object.fromEntries(weights.map(([status]) => [status, {}])),
  outcomes: Object.fromEntries(weights.map(([status]) => [status, { [status]: 1 }])),
  students: [{ work: Object.fromEntries(weights.map(([status]) => [status, status])) }],
});

test.each(weights)("%s weighs %d", async (status, weight) => {
  const { rows } = await oneStatusEach;
  expect(rows.find((row) => row.outcome === status)?.attainment_max).toBe(weight);
});

test("students who lack an outcome count 0, at the 30 % and 80 % positions", async () => {
  const { rows } = await attainment({
    tasks: { A: {}, B: {}, C: {} },
    outcomes: { BUILD: { A: 1, B: 1, C: 1 } },
    // sorted: 0 0 1 2 3, n = 5: positions 1 and 4
    students: [
      { work: { A: "complete" } },
      { work: { A: "complete", B: "complete" } },
      { work: { A: "complete", B: "complete", C: "complete" } },
      {},
      {},
      { enrolled: false, work: { A: "complete" } },
    ],
  });
  expect(rows[0]).toMatchObject({
    students: 5,
    students_with_evidence: 3,
    attainment_min: 0,
    attainment_lower: 0,
    attainment_median: 1,
    attainment_upper: 3,
    attainment_max: 3,
  });
});

test("the median of an even number is the mean of the middle two to one decimal", async () => {
  const { rows } = await attainment({
    tasks: { A: {}, B: {} },
    outcomes: { BUILD: { A: 1, B: 1 } },
    // 0.1 and 0.8: 0.45, which is 0.5 to one decimal
    students: [{ work: { A: "redo" } }, { work: { A: "discuss" } }],
  });
  expect(rows[0]?.attainment_median).toBe(0.5);
});

test("tasks above the target grade do not count", async () => {
  const { rows } = await attainment({
    tasks: { P: {}, HD: { grade: 3 } },
    outcomes: { BUILD: { P: 1, HD: 5 } },
    students: [{ grade: 2, work: { P: "complete", HD: "complete" } }],
  });
  expect(rows[0]).toMatchObject({ attainment_max: 1, attainable: 41 });
});

test("alignments that students make for themselves do not count", async () => {
  const links = {
    learning_outcome_task_links: [{ id: 1, learning_outcome_id: 1, task_definition_id: 1, task_id: 101, rating: 5 }],
  };
  const spec = { tasks: { P: {} }, outcomes: { BUILD: { P: 1 } }, students: [{ work: { P: "complete" as const } }] };
  const { rows, broken } = await attainment(spec, links);
  expect(rows[0]).toMatchObject({ aligned_tasks: 0, attainment_max: 0 });
  expect(broken).toEqual([expect.stringContaining("outcomes have aligned tasks")]);
});

test("an offering without students has zeros", async () => {
  const { rows } = await attainment({ tasks: { P: {} }, outcomes: { BUILD: { P: 2 } } });
  expect(rows[0]).toMatchObject({
    students: 0,
    attainment_min: 0,
    attainment_median: 0,
    attainment_max: 0,
    attainable: 2,
  });
});
