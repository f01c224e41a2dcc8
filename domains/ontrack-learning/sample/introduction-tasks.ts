import type { TaskPlan } from "./task-set.ts";

type Row = readonly [
  abbreviation: string,
  name: string,
  weighting: number,
  start: number,
  target: number,
  due?: number,
];

const rows: readonly Row[] = [
  ["1.1P", "First Program", 1, 1, 2, 5],
  ["1.2P", "Drawing with Shapes", 2, 1, 2, 5],
  ["1.3P", "A Procedure of Your Own", 2, 1, 2, 5],
  ["1.4C", "Map of the First Week", 4, 1, 2],
  ["2.1P", "Reading Variables by Hand", 2, 2, 3, 5],
  ["2.2P", "Greeting the User", 4, 2, 3, 5],
  ["2.3P", "Parameters", 2, 2, 3, 5],
  ["2.4P", "Functions that Answer", 4, 2, 3, 5],
  ["2.5C", "Map of Data", 4, 2, 3],
  ["3.1P", "Reading Loops by Hand", 2, 3, 4, 7],
  ["3.2P", "Deciding on a Name", 4, 3, 4, 7],
  ["3.3P", "Moving a Shape", 4, 3, 4, 7],
  ["3.4C", "Reading Numbers Safely", 4, 3, 4],
  ["3.5C", "Map of Control Flow", 4, 3, 4],
  ["3.6D", "Fractal", 4, 3, 4],
  ["4.1P", "Records", 4, 4, 5, 7],
  ["4.2C", "Catching Game", 4, 4, 5],
  ["4.3C", "Map of Structures", 4, 4, 5],
  ["T1", "Test One", 1, 5, 5],
  ["5.1P", "Reading Arrays by Hand", 2, 5, 6, 10],
  ["5.2P", "Many Records", 4, 5, 6, 10],
  ["5.3C", "Hunting Game", 4, 5, 6],
  ["5.4C", "Map of Arrays", 4, 5, 6],
  ["5.5D", "Showing a Sort", 4, 5, 6],
  ["6.1P", "Structure of a Program", 2, 6, 7, 10],
  ["6.2D", "A Program of Your Own", 16, 6, 13],
  ["7.1P", "Principles", 4, 7, 8, 10],
  ["7.2D", "Cells that Live and Die", 4, 7, 8],
  ["8.1P", "Reference Sheet", 4, 8, 9, 10],
  ["8.2P", "Moving a Shape Again", 4, 8, 9, 10],
  ["T2", "Test Two", 1, 9, 9],
  ["9.1P", "Reading a Second Language", 2, 9, 10],
  ["9.2C", "Writing a Second Language", 4, 9, 10],
  ["10.1H", "A Larger Program of Your Own", 4, 10, 13],
  ["10.2H", "Report of a Study", 8, 10, 13],
  ["T3", "Test Three", 1, 10, 10],
  ["11.1P", "Summary of Learning", 4, 11, 12],
];

const gradeOfLetter: Readonly<Record<string, number>> = { C: 1, D: 2, H: 3 };

/** Counts, weights and weeks of the real unit: 37 tasks (22 P, 9 C, 4 D, 2 HD), weights adding up to 136. */
export const introductionTasks: readonly TaskPlan[] = rows.map(
  ([abbreviation, name, weighting, start, target, due]) => ({
    abbreviation,
    name,
    weighting,
    targetGrade: gradeOfLetter[abbreviation.slice(-1)] ?? 0,
    startWeek: start,
    targetWeek: target,
    ...(due === undefined ? {} : { dueWeek: due }),
    weekday: abbreviation.startsWith("T") ? 5 : 2,
    isTest: abbreviation.startsWith("T"),
    isGraded: abbreviation === "6.2D",
    maxQualityPts: abbreviation === "6.2D" || abbreviation === "2.5C" ? 5 : 0,
  }),
);
