import { dependencyOrder } from "@thoth/warehouse/dependency-order";
import type { Domain } from "../domain.ts";
import { pipelineError } from "../errors.ts";
import { parseCron } from "./cron.ts";
import { type ScheduledTarget, scheduledTargets } from "./targets.ts";

/**
 * Refuses schedules that could never fire, or would fire for ever.
 * @returns how many there are
 * @throws MeshError `pipeline/bad-cron`, `pipeline/bad-time-zone`, `pipeline/unknown-trigger`, `pipeline/bad-limit`,
 *   `warehouse/cyclic-dependency`
 */
export function checkSchedules(domains: readonly Domain[]): number {
  const targets = scheduledTargets(domains);
  for (const entry of targets) checkSchedule(entry, domains);
  refuseCircles(domains);
  return targets.length;
}

function checkSchedule({ target, schedule }: ScheduledTarget, domains: readonly Domain[]): void {
  const { cron, onPublish = [], timeoutMinutes = 1, attempts = 1 } = schedule;
  if (cron !== undefined) parseCron({ ...schedule, cron }, target);
  const known = domains.flatMap(({ name, products }) => products.map((product) => `${name}/${product.name}`));
  const unknown = onPublish.find((product) => !known.includes(product));
  if (unknown !== undefined) throw pipelineError["unknown-trigger"]({ target, product: unknown, known });
  if (!(timeoutMinutes > 0))
    throw pipelineError["bad-limit"]({ target, limit: "timeoutMinutes", value: timeoutMinutes });
  if (!Number.isInteger(attempts) || attempts < 1)
    throw pipelineError["bad-limit"]({ target, limit: "attempts", value: attempts });
}

/** A publishes, so B runs and publishes, so A runs: where rows change each time that never ends. */
function refuseCircles(domains: readonly Domain[]): void {
  const all = domains.flatMap(({ name, schedule, products }) =>
    products.map((product) => ({
      id: `${name}/${product.name}`,
      dependsOn: [...(product.schedule?.onPublish ?? []), ...(schedule?.onPublish ?? [])],
      at: { path: `${name}/${product.name}` },
    })),
  );
  dependencyOrder(all);
}
