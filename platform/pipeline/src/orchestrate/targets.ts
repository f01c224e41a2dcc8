import type { Domain } from "../domain.ts";
import type { Schedule } from "./schedule.ts";

/** A domain or product that something starts by itself. */
export interface ScheduledTarget {
  /** `ontrack-learning` or `ontrack-learning/units` */
  readonly target: string;
  readonly schedule: Schedule;
}

export function scheduledTargets(domains: readonly Domain[]): ScheduledTarget[] {
  return domains.flatMap(({ name, schedule, products }) => [
    ...(schedule === undefined ? [] : [{ target: name, schedule }]),
    ...products.flatMap((product) =>
      product.schedule === undefined ? [] : [{ target: `${name}/${product.name}`, schedule: product.schedule }],
    ),
  ]);
}

/** What holds for a run of the target: a product's own schedule, or else its domain's. */
export function scheduleOf(domains: readonly Domain[], target: string): Schedule {
  const [domain] = target.split("/");
  const declared = new Map(scheduledTargets(domains).map((entry) => [entry.target, entry.schedule]));
  return { ...declared.get(domain ?? ""), ...declared.get(target) };
}
