import type { Domain } from "../domain.ts";
import type { MeshLineage } from "../lineage.ts";
import type { Audited } from "../mesh.ts";
import type { Naming } from "./dataset-names.ts";

/** What is known of the mesh when a run is told of. */
export interface RunSetting extends Naming {
  readonly domains: readonly Domain[];
  /** Empty when it could not be found out. */
  readonly lineage: MeshLineage;
  /** What the audits of the run's product measured so far, in their order. */
  readonly audits?: readonly Audited[];
  /** Where the secrets of sources are, which no message may quote; the process's environment unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}
