import { seededRandom } from "@thoth/testing/random";
import { expect, test } from "vitest";
import { alignOutcomes } from "./outcome-alignment.ts";
import { taskSet } from "./task-set.ts";
import { unitCatalogue } from "./unit-catalogue.ts";

const sets = unitCatalogue.map((unit) => ({ unit, tasks: taskSet(unit, seededRandom(`set/${unit.code}`)) }));

test("Introduction to Programming has the counts and weights of the real unit", () => {
  const tasks = sets.find(({ unit }) => unit.code === "COS10001")?.tasks ?? [];
  const byGrade = [0, 1, 2, 3].map((grade) => tasks.filter((task) => task.targetGrade === grade).length);
  expect(byGrade).toEqual([22, 9, 4, 2]);
  expect(tasks.reduce((sum, task) => sum + task.weighting, 0)).toBe(136);
});

test.each(sets)("$unit.code: abbreviations differ, tasks for every grade, weeks in order", ({ tasks }) => {
  expect(new Set(tasks.map((task) => task.abbreviation)).size).toBe(tasks.length);
  expect(new Set(tasks.map((task) => task.targetGrade))).toEqual(new Set([0, 1, 2, 3]));
  expect(tasks.length).toBeGreaterThanOrEqual(15);
  for (const { startWeek, targetWeek, dueWeek } of tasks) {
    expect(targetWeek).toBeGreaterThanOrEqual(startWeek);
    expect(dueWeek ?? targetWeek).toBeGreaterThanOrEqual(targetWeek);
  }
});

test.each(sets)("$unit.code: every task serves an outcome and ratings stay within 1 to 5", ({ unit, tasks }) => {
  const links = alignOutcomes(unit.outcomes.length, tasks, seededRandom(4));
  expect(new Set(links.map((link) => link.task)).size).toBe(tasks.length);
  expect(new Set(links.map((link) => link.outcome)).size).toBe(unit.outcomes.length);
  expect(new Set(links.map((link) => `${link.task}/${link.outcome}`)).size).toBe(links.length);
  for (const { rating } of links) expect([1, 2, 3, 4, 5]).toContain(rating);
});
