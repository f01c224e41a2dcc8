import { dayMs } from "./melbourne-time.ts";
import { type SampleWorld, stamps } from "./sample-world.ts";
import { currentName, taskStatuses } from "./task-status.ts";
import type { Trimester } from "./trimester-calendar.ts";

export const roleIds = { student: 1, tutor: 2, convenor: 3 } as const;

const roles = ["Student", "Tutor", "Convenor", "Admin", "Auditor"] as const;

/** Name, abbreviation, timetabling mode; ids count from 1. */
const campuses = [
  ["Online", "C", 0],
  ["Burwood", "B", 1],
  ["Geelong", "G", 2],
] as const;

export const practicalActivity = 1;
export const workshopActivity = 2;

const activityTypes = [
  ["Practical", "prac"],
  ["Workshop", "wrkshop"],
  ["Class", "cls"],
] as const;

/** The small tables that stand before any unit. */
export function writeReferenceRows(world: SampleWorld, trimesters: readonly Trimester[]): void {
  const { dump } = world;
  const installed = stamps(world, (trimesters[0]?.start ?? 0) - 90 * dayMs);
  for (const name of roles) dump.add("roles", { name, description: `${name} of a unit`, ...installed });
  for (const [name, abbreviation, mode] of campuses) dump.add("campuses", { name, abbreviation, mode });
  for (const [name, abbreviation] of activityTypes) dump.add("activity_types", { name, abbreviation, ...installed });
  for (const status of taskStatuses) {
    const name = currentName(status);
    dump.add("task_statuses", { name, description: `The task is at "${name}"`, ...installed });
  }
  for (const trimester of trimesters) writeTeachingPeriod(world, trimester);
}

function writeTeachingPeriod({ dump, dates }: SampleWorld, trimester: Trimester): void {
  const { id, period, year, start, end, activeUntil, breakStart, breakWeeks } = trimester;
  dump.add("teaching_periods", {
    id,
    period,
    year,
    start_date: dates.instant(start),
    end_date: dates.instant(end),
    active_until: dates.instant(activeUntil),
  });
  dump.add("breaks", { start_date: dates.instant(breakStart), number_of_weeks: breakWeeks, teaching_period_id: id });
}
