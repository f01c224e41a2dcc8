import type { Random } from "@thoth/testing/random";
import type { TaskPlan } from "./task-set.ts";

export interface Alignment {
  /** Index among the unit's outcomes. */
  readonly outcome: number;
  /** Index among the unit's tasks. */
  readonly task: number;
  /** 1 touches it to 5 shows it fully. */
  readonly rating: number;
}

/** Later and harder tasks show an outcome more fully. */
export function alignOutcomes(outcomes: number, tasks: readonly TaskPlan[], random: Random): Alignment[] {
  const indexes = Array.from({ length: outcomes }, (_, index) => index);
  return tasks.flatMap((plan, task) => {
    const draw = random.fork(plan.abbreviation);
    const chosen = draw.shuffle(indexes).slice(
      0,
      draw.weighted([
        [1, 2],
        [2, 3],
        [3, 3],
        [4, 2],
      ] as const),
    );
    return chosen.sort((a, b) => a - b).map((outcome) => ({ outcome, task, rating: rating(plan, draw) }));
  });
}

function rating(plan: TaskPlan, random: Random): number {
  const mean = 1 + plan.startWeek / 5 + plan.targetGrade * 0.7;
  return Math.min(5, Math.max(1, Math.round(random.normal(mean, 0.9))));
}
