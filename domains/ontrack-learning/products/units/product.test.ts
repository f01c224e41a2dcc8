import { domainCases } from "@thoth/testing/domain-case";
import type { RawRows } from "@thoth/testing/raw-rows";
import { expect, test } from "vitest";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));

async function units(raw: RawRows) {
  await using world = await openCase({ raw });
  const rows = await world.product("units");
  return { rows, broken: await world.brokenPromises("units") };
}

const periods = [
  { id: 1, period: "T3", year: 2025, start_date: "2025-11-03", end_date: "2026-01-30" },
  { id: 2, period: "T1", year: 2026, start_date: "2026-03-02", end_date: "2026-05-22" },
];

const offering = { code: "COS10001", name: "Introduction", active: true };
const firstRun = {
  ...offering,
  id: 1,
  name: "Intro",
  teaching_period_id: 1,
  start_date: "2025-11-03",
  end_date: "2026-01-30",
};
const secondRun = { ...offering, id: 2, teaching_period_id: 2, start_date: "2026-03-02", end_date: "2026-05-22" };

test("a unit shows its latest offering and counts all of them", async () => {
  const { rows, broken } = await units({
    teaching_periods: periods,
    units: [secondRun, { ...firstRun, active: false, feedback_warning_threshold_days: 2 }],
    projects: [
      { id: 1, unit_id: 1, enrolled: true },
      { id: 2, unit_id: 2, enrolled: true },
      { id: 3, unit_id: 2, enrolled: true },
      { id: 4, unit_id: 2, enrolled: false },
    ],
  });
  expect(rows).toEqual([
    {
      code: "COS10001",
      name: "Introduction",
      active: true,
      latest_teaching_period: "2026-T1",
      start_date: "2026-03-02",
      end_date: "2026-05-22",
      offerings: 2,
      first_year: 2025,
      enrolled_students: 2,
      feedback_warning_days: 5,
      feedback_overflow_days: 7,
    },
  ]);
  expect(broken).toEqual([]);
});

test("an offering keeps its own thresholds", async () => {
  const thresholds = { feedback_warning_threshold_days: 3, feedback_overflow_threshold_days: 10 };
  const { rows } = await units({ teaching_periods: periods, units: [{ ...secondRun, ...thresholds }] });
  expect(rows[0]).toMatchObject({ feedback_warning_days: 3, feedback_overflow_days: 10, enrolled_students: 0 });
});

test("an offering outside the teaching periods is named by its first day", async () => {
  const { rows } = await units({ units: [{ ...secondRun, teaching_period_id: null, start_date: "2026-02-09" }] });
  expect(rows[0]).toMatchObject({ latest_teaching_period: "2026-02-09", first_year: 2026 });
});

test("rows dumped twice and codes written differently are one unit", async () => {
  const { rows } = await units({
    teaching_periods: [...periods, ...periods],
    units: [firstRun, firstRun, { ...secondRun, code: " cos10001 " }],
  });
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ code: "COS10001", offerings: 2 });
});

test("an empty source breaks the promise of at least one unit", async () => {
  const { rows, broken } = await units({});
  expect(rows).toEqual([]);
  expect(broken).toEqual([expect.stringContaining("at least one unit")]);
});
