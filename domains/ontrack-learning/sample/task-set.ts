import type { Random } from "@thoth/testing/random";
import { introductionTasks } from "./introduction-tasks.ts";
import type { CatalogueUnit } from "./unit-catalogue.ts";

/** A task definition before it has dates. */
export interface TaskPlan {
  readonly abbreviation: string;
  readonly name: string;
  readonly weighting: number;
  /** 0 Pass to 3 High Distinction. */
  readonly targetGrade: number;
  readonly startWeek: number;
  readonly targetWeek: number;
  /** Absent: the end of the unit. */
  readonly dueWeek?: number;
  /** 1 Monday to 5 Friday. */
  readonly weekday: number;
  readonly isTest: boolean;
  readonly isGraded: boolean;
  readonly maxQualityPts: number;
}

/** The tasks of a unit, the same in every offering. */
export function taskSet(unit: CatalogueUnit, random: Random): readonly TaskPlan[] {
  if (unit.topics.length === 0) return introductionTasks;
  return [
    ...unit.topics.flatMap((topic, index) => weekTasks(topic, index + 1, random.fork(topic))),
    ...closingTasks(unit),
  ];
}

function weekTasks(topic: string, week: number, random: Random): TaskPlan[] {
  const pass = [plan(`${week}.1P`, topic, random.pick([2, 2, 4]), 0, week)];
  if (random.chance(0.45)) pass.push(plan(`${week}.2P`, `${topic} in Practice`, 2, 0, week));
  const next = pass.length + 1;
  if (random.chance(0.5)) return [...pass, plan(`${week}.${next}C`, `More on ${topic}`, 4, 1, week)];
  if (random.chance(0.35)) return [...pass, plan(`${week}.${next}D`, `${topic} at Work`, 4, 2, week)];
  return pass;
}

function closingTasks(unit: CatalogueUnit): TaskPlan[] {
  return [
    { ...plan("12.1D", `${unit.name} Project`, 8, 2, 6), targetWeek: 12, isGraded: true, maxQualityPts: 5 },
    { ...plan("12.2H", "Study and Report", 8, 3, 9), targetWeek: 12 },
    plan("12.3P", "Learning Summary", 4, 0, 11),
  ];
}

function plan(abbreviation: string, name: string, weighting: number, targetGrade: number, week: number): TaskPlan {
  return {
    abbreviation,
    name,
    weighting,
    targetGrade,
    startWeek: week,
    targetWeek: week + 1,
    ...(targetGrade === 0 && week <= 8 ? { dueWeek: week + 3 } : {}),
    weekday: 2,
    isTest: false,
    isGraded: false,
    maxQualityPts: 0,
  };
}
