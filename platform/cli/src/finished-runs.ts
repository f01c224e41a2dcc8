import { isFinal } from "@thoth/control/run";
import type { RunLedger } from "@thoth/control/run-ledger";
import type { FinishedRuns } from "@thoth/subgraph/finished-run";

/** Of those that were put on the ledger last. */
const mostRuns = 200;

/** What listeners are told of: how runs ended, without what was wrong in the data. */
export function finishedRuns(ledger: Pick<RunLedger, "list">): FinishedRuns {
  return async () => {
    const runs = await ledger.list({ limit: mostRuns });
    return runs.filter(({ status }) => isFinal(status));
  };
}
