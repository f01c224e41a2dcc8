import type { DeadJob } from "@thoth/control/job-queue";
import type { Run } from "@thoth/control/run";
import type { Domain } from "../domain.ts";

/**
 * What was given up and has been published now, if only in part, as its contract allows: a product when it has, a domain
 * when all of its products have.
 * @param runs of one call of `runMesh`
 */
export function revivedBy(runs: readonly Run[], dead: readonly DeadJob[], domains: readonly Domain[]): string[] {
  const good = new Set(
    runs.flatMap(({ domain, product, status }) =>
      product !== null && (status === "success" || status === "partial") ? [`${domain}/${product}`] : [],
    ),
  );
  const isGood = (target: string) => {
    const domain = domains.find(({ name }) => name === target);
    return domain === undefined ? good.has(target) : domain.products.every(({ name }) => good.has(`${target}/${name}`));
  };
  return [...new Set(dead.map(({ request }) => request.target))].filter(isGood);
}
