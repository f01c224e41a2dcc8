import type { Random } from "@thoth/testing/random";
import { type Day, dayMs } from "./melbourne-time.ts";
import { alignOutcomes } from "./outcome-alignment.ts";
import type { Staff } from "./person.ts";
import { roleIds } from "./reference-rows.ts";
import { type SampleWorld, stamps } from "./sample-world.ts";
import type { TaskPlan } from "./task-set.ts";
import type { TeachingTeam } from "./teaching-team.ts";
import { dayOfWeek, type Trimester, weekStart } from "./trimester-calendar.ts";
import type { CatalogueUnit } from "./unit-catalogue.ts";

/** A task of one offering, with its days. */
export interface TaskDefinition {
  readonly id: number;
  readonly plan: TaskPlan;
  readonly startDay: Day;
  readonly targetDay: Day;
  /** Own due date or the end of the unit. */
  readonly deadline: Day;
  /** Index of the stream whose tutors mark it. */
  readonly stream: number;
}

export const extensionWeeksOnResubmit = 1;

/** @returns the unit's key; its convenor's role is written too */
export function writeUnit(world: SampleWorld, unit: CatalogueUnit, trimester: Trimester, convenor: Staff): number {
  const { dump, dates, asOf } = world;
  const unitId = dump.nextId("units");
  const setUp = stamps(world, trimester.start - 42 * dayMs);
  const mainConvenorId = dump.add("unit_roles", {
    user_id: convenor.id,
    role_id: roleIds.convenor,
    unit_id: unitId,
    ...setUp,
  });
  return dump.add("units", {
    id: unitId,
    code: unit.code,
    name: unit.name,
    description: `${unit.name} in ${trimester.period} ${trimester.year}`,
    start_date: dates.instant(trimester.start),
    end_date: dates.instant(trimester.end),
    active: asOf <= trimester.activeUntil,
    teaching_period_id: trimester.id,
    main_convenor_id: mainConvenorId,
    extension_weeks_on_resubmit_request: extensionWeeksOnResubmit,
    ...setUp,
  });
}

/** Tests belong to the last stream, which is the workshops where there are two; everything else to the first. */
export function writeDefinitions(
  world: SampleWorld,
  unitId: number,
  trimester: Trimester,
  tasks: readonly TaskPlan[],
  team: TeachingTeam,
): TaskDefinition[] {
  const { dump, dates } = world;
  return tasks.map((plan) => {
    const startDay = dayOfWeek(trimester, plan.startWeek, plan.weekday === 5 ? 1 : plan.weekday);
    const targetDay = dayOfWeek(trimester, plan.targetWeek, plan.weekday);
    const dueDay = plan.dueWeek === undefined ? undefined : weekStart(trimester, plan.dueWeek);
    const stream = plan.isTest ? team.streams.length - 1 : 0;
    const id = dump.add("task_definitions", {
      unit_id: unitId,
      abbreviation: plan.abbreviation,
      name: plan.name,
      weighting: plan.weighting,
      target_grade: plan.targetGrade,
      start_date: dates.instant(startDay),
      target_date: dates.instant(targetDay),
      due_date: dueDay === undefined ? null : dates.instant(dueDay),
      is_graded: plan.isGraded,
      max_quality_pts: plan.maxQualityPts,
      tutorial_stream_id: team.streams[stream]?.id ?? null,
      ...stamps(world, trimester.start - 40 * dayMs),
    });
    return { id, plan, startDay, targetDay, deadline: dueDay ?? trimester.end, stream };
  });
}

export function writeOutcomes(
  world: SampleWorld,
  unitId: number,
  unit: CatalogueUnit,
  definitions: readonly TaskDefinition[],
  trimester: Trimester,
  random: Random,
): void {
  const ids = unit.outcomes.map(({ abbreviation, name }, index) =>
    world.dump.add("learning_outcomes", {
      unit_id: unitId,
      ilo_number: index + 1,
      abbreviation,
      name,
      description: `On completion a student can: ${name.toLowerCase()}`,
    }),
  );
  const plans = definitions.map((definition) => definition.plan);
  for (const { outcome, task, rating } of alignOutcomes(unit.outcomes.length, plans, random)) {
    world.dump.add("learning_outcome_task_links", {
      learning_outcome_id: ids[outcome] ?? null,
      task_definition_id: definitions[task]?.id ?? null,
      rating,
      ...stamps(world, trimester.start - 39 * dayMs),
    });
  }
}
