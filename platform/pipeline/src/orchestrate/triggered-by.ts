import type { JobRequest } from "@thoth/control/job-queue";
import type { Run } from "@thoth/control/run";
import type { Domain } from "../domain.ts";
import { scheduledTargets } from "./targets.ts";

/**
 * What has to run because of what these runs published, each target once, with the publishing run as its parent.
 * A target that these runs have brought up to date themselves is left out.
 * @param runs of one call of `runMesh`
 */
export function triggeredBy(runs: readonly Run[], domains: readonly Domain[]): JobRequest[] {
  const published = new Map(runs.filter(hasPublished).map((run) => [`${run.domain}/${run.product}`, run.runId]));
  const done = targetsOf(runs, domains);
  const requests: JobRequest[] = [];
  for (const { target, schedule } of scheduledTargets(domains)) {
    const product = schedule.onPublish?.find((id) => published.has(id));
    const parentRunId = product === undefined ? undefined : published.get(product);
    if (parentRunId === undefined || done.has(target)) continue;
    requests.push({ target, trigger: "event", attempt: 1, parentRunId });
  }
  return requests;
}

/** What somebody named starts. */
export function triggeredByEvent(event: string, domains: readonly Domain[]): JobRequest[] {
  return scheduledTargets(domains)
    .filter(({ schedule }) => schedule.onEvent?.includes(event))
    .map(({ target }) => ({ target, trigger: "event", attempt: 1 }));
}

/** A run that only found its product unchanged writes no file. */
function hasPublished({ product, snapshotId, bytesOut, status }: Run): boolean {
  return product !== null && snapshotId !== null && bytesOut !== null && (status === "success" || status === "partial");
}

/** A domain counts when all of its products do. */
function targetsOf(runs: readonly Run[], domains: readonly Domain[]): Set<string> {
  const products = new Set(runs.flatMap(({ domain, product }) => (product === null ? [] : [`${domain}/${product}`])));
  const whole = domains.filter((domain) => domain.products.every(({ name }) => products.has(`${domain.name}/${name}`)));
  return products.union(new Set(whole.map(({ name }) => name)));
}
