import type { Decision } from "@thoth/access/decision";
import { seesEveryRow } from "@thoth/access/sees-every-row";
import type { Snapshot } from "@thoth/warehouse/snapshot";

/** A snapshot as somebody may know it. */
export interface ShownSnapshot extends Omit<Snapshot, "rowCount" | "sizeBytes"> {
  readonly rowCount: number | null;
  readonly sizeBytes: number | null;
}

/** How many rows there are less how many one sees is how many are hidden, so only who sees all is told. */
export function shownSnapshot(snapshot: Snapshot, decision: Decision): ShownSnapshot {
  return seesEveryRow(decision) ? snapshot : { ...snapshot, rowCount: null, sizeBytes: null };
}
