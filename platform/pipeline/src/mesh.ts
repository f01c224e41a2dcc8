import type { ControlPlane } from "@thoth/control/open-control";
import type { RunLedger } from "@thoth/control/run-ledger";
import type { RunLog } from "@thoth/control/run-log";
import type { SnapshotPointers } from "@thoth/control/snapshot-pointers";
import type { Clock } from "@thoth/kernel/clock";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { CheckResult } from "./audit-contract.ts";
import type { Domain } from "./domain.ts";
import type { Fence } from "./fenced-mesh.ts";
import type { MeshHome } from "./mesh-home.ts";
import type { OpenLineage } from "./open-lineage/open-lineage.ts";

/** Everything a run needs: the domains, the state they work on, and the world outside. */
export interface Mesh {
  /** Absolute root of the repository. */
  readonly root: string;
  readonly home: MeshHome;
  readonly domains: readonly Domain[];
  readonly control: ControlPlane;
  readonly ledger: RunLedger;
  readonly pointers: SnapshotPointers;
  readonly clock: Clock;
  readonly pseudonymKey: string;
  /** What the engine of a domain may hold in memory while it cleans and publishes, MiB; a default when absent. */
  readonly memoryMb?: number | undefined;
  /** Called after a pointer moved, so that readers in this process swap at once. */
  readonly onPublish: (snapshot: Snapshot) => Promise<void>;
  /** Called with what an audit of a product measured, whatever comes of it. */
  readonly onAudit?: (runId: string, audited: Audited) => void;
  /** Where runs note what they do; nowhere when absent. */
  readonly log?: RunLog;
  /** Given to whoever holds domains; without it nothing is proved. */
  readonly fence?: Fence;
  /** Where runs are told of; absent when nobody is to be told. */
  readonly openLineage?: OpenLineage;
}

/** What was measured, and of which rows. */
export interface Audited {
  /** `staged`: all that were computed; `left`: those of them that were not held back; `served`: what readers see now. */
  readonly rows: "staged" | "left" | "served";
  readonly results: readonly CheckResult[];
}

/** How many snapshots of a product stay on disk besides the current one. */
export const keptSnapshots = 5;
