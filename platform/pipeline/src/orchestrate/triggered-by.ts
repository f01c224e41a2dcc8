import type { JobRequest } from "@thoth/control/job-queue";
import type { Domain } from "../domain.ts";
import { scheduledTargets } from "./targets.ts";

/** What somebody named starts. */
export function triggeredByEvent(event: string, domains: readonly Domain[]): JobRequest[] {
  return scheduledTargets(domains)
    .filter(({ schedule }) => schedule.onEvent?.includes(event))
    .map(({ target }) => ({ target, trigger: "event", attempt: 1 }));
}
