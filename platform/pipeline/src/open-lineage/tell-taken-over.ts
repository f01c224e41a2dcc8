import { endedForLater } from "@thoth/control/domain-locks";
import type { Mesh } from "../mesh.ts";
import { describeRun } from "./describe-run.ts";

type Told = Pick<Mesh, "ledger" | "openLineage" | "domains" | "clock">;

/**
 * Begins to look for runs that are ended when their locks are taken from workers that are gone: nobody else is there to
 * tell of them. Several that wait for one lock may each tell of what it was taken from.
 * @returns tells of those of the domains that were ended since; for when their locks have been taken. Nothing waits for
 *   it: the ledger is asked when the event's turn comes
 */
export function watchTakenOver({ ledger, openLineage, domains, clock }: Told): (taken: Iterable<string>) => void {
  if (openLineage === undefined) return () => undefined;
  const begunAt = clock();
  const endedIn = async (domain: string, takenAt: number) => {
    const aborted = await ledger.list({ domain, status: "aborted", limit: 1000 }).catch(() => []);
    return aborted.filter(({ failureMessage, completedAt: endedAt }) => {
      const isWithin = endedAt !== null && endedAt >= begunAt && endedAt <= takenAt;
      return isWithin && failureMessage === endedForLater(domain);
    });
  };
  return (taken) => {
    const takenAt = clock();
    const own = [...taken];
    openLineage.send(async () => {
      const ended = await Promise.all(own.map((domain) => endedIn(domain, takenAt)));
      const setting = { namespace: openLineage.namespace, domains, lineage: new Map() };
      return ended.flat().map((run) => describeRun(run, setting));
    });
  };
}
