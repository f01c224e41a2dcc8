import { endedForLater } from "@thoth/control/domain-locks";
import type { Mesh } from "../mesh.ts";
import { describeRun } from "./describe-run.ts";

type Told = Pick<Mesh, "ledger" | "openLineage" | "domains" | "clock">;

/**
 * Begins to look for runs that are ended when their locks are taken from workers that are gone: nobody else is there to
 * tell of them.
 * @returns tells of those of the domains that were ended since; for when their locks have been taken; never throws
 */
export function watchTakenOver({
  ledger,
  openLineage,
  domains,
  clock,
}: Told): (taken: Iterable<string>) => Promise<void> {
  if (openLineage === undefined) return async () => undefined;
  const begunAt = clock();
  return async (taken) => {
    for (const domain of taken) {
      const failureMessage = endedForLater(domain);
      const aborted = await ledger.list({ domain, status: "aborted", limit: 1000 }).catch(() => []);
      const ended = aborted.filter((run) => run.failureMessage === failureMessage && (run.completedAt ?? 0) >= begunAt);
      for (const run of ended)
        openLineage.send(async () =>
          describeRun(run, { namespace: openLineage.namespace, domains, lineage: new Map() }),
        );
    }
  };
}
