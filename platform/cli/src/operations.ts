import type { ChangeEnforcer } from "@thoth/access/agreements/projected-files";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import type { Run } from "@thoth/control/run";
import type { RunFilter } from "@thoth/control/run-ledger";
import type { UsageFilter, UsageReport } from "@thoth/control/usage-store";
import { type Backfill, type BackfillOptions, runBackfill } from "@thoth/pipeline/orchestrate/run-backfill";
import type { RunProgress } from "@thoth/pipeline/run-mesh";
import { runMesh } from "@thoth/pipeline/run-mesh";
import { SerialQueue } from "@thoth/warehouse/serial-queue";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { afterRuns } from "./after-runs.ts";
import type { DeskCall } from "./desk-call.ts";
import { freshDomains } from "./fresh-domains.ts";
import type { OpenMesh } from "./open-mesh.ts";
import { type RollBackTarget, rollBack } from "./roll-back.ts";
import type { Settings } from "./settings.ts";
import type { UsageKeeper } from "./usage-keeper.ts";

export interface RunTarget {
  /** A domain, or `domain/product`; everything when absent. */
  readonly only?: string;
  readonly full: boolean;
  /** A range of event time to load again, of `only`. */
  readonly backfill?: Backfill;
}

export interface OperationOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (event: RunProgress) => void;
  /** Called when something else has to end first. */
  readonly onWait?: () => void;
  readonly onPlan?: BackfillOptions["onPlan"];
}

/**
 * What can be done to a mesh that serves: runs and rollbacks one after another, because they share write files and
 * pointers; the ledger and who read what can be read at any time. Disposing waits for what is under way.
 */
export interface Operations extends AsyncDisposable {
  run(target: RunTarget, options: OperationOptions): Promise<Run[]>;
  rollBack(target: RollBackTarget, options: OperationOptions): Promise<Snapshot>;
  runs(filter: RunFilter): Promise<Run[]>;
  usage(filter: UsageFilter): Promise<UsageReport>;
  /** What is asked of the control plane beside runs. */
  desk(call: DeskCall): Promise<unknown>;
}

export interface Records {
  readonly usage: Pick<UsageKeeper, "report">;
  readonly audit: Pick<AuditTrail, "recorded">;
  readonly projection: ChangeEnforcer;
}

export async function openOperations(
  mesh: OpenMesh,
  settings: Settings,
  { usage, audit, projection }: Records,
): Promise<Operations> {
  const queue = new SerialQueue();
  const refresh = await freshDomains(mesh.domains, settings);
  let underWay = 0;
  const inTurn = async <T>({ signal, onWait }: OperationOptions, work: () => Promise<T>): Promise<T> => {
    if (underWay++ > 0) onWait?.();
    try {
      return await queue.run(() => {
        signal.throwIfAborted();
        return work();
      });
    } finally {
      underWay--;
    }
  };
  return {
    run: ({ only, full, backfill }, options) =>
      inTurn(options, async () => {
        const domains = await refresh(only);
        const { signal, onProgress, onWait, onPlan } = options;
        const told = { signal, ...(onProgress && { onProgress }), ...(onWait && { onWait }) };
        const now = { ...mesh, domains };
        const runs =
          backfill === undefined || only === undefined
            ? await runMesh(now, { ...told, ...(only !== undefined && { only }), full, trigger: "manual" })
            : await runBackfill(now, backfill, { ...told, only, ...(onPlan && { onPlan }) });
        await afterRuns(runs, { ...mesh, domains });
        return runs;
      }),
    rollBack: (target, options) => inTurn(options, () => rollBack(mesh, target, options.signal)),
    runs: (filter) => mesh.ledger.list(filter),
    usage: (filter) => usage.report(filter),
    desk: async (call) =>
      (await import("./answer-desk.ts")).answerDesk(call, {
        ...mesh,
        domains: async () => mesh.domains,
        audit,
        projection,
      }),
    [Symbol.asyncDispose]: () => queue.idle(),
  };
}
