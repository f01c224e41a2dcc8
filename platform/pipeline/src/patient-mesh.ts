import type { Run } from "@thoth/control/run";
import type { RunLedger } from "@thoth/control/run-ledger";
import { openRunLog } from "@thoth/control/run-log";
import { patientControl, untilServed } from "@thoth/control/server-away";
import { openSnapshotPointers } from "@thoth/control/snapshot-pointers";
import { timeOrderedId } from "@thoth/kernel/ids";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { Mesh } from "./mesh.ts";

/**
 * The same mesh for a run, which outlives a restart of its control plane's server: what it asks waits until that is back.
 * @param signal of the run: once it is aborted nothing waits for long
 */
export function patientMesh(mesh: Mesh, signal: AbortSignal): Mesh {
  if (mesh.control.kind === "embedded") return mesh;
  const { clock, log } = mesh;
  const control = patientControl(mesh.control, signal);
  return {
    ...mesh,
    control,
    ledger: patientLedger(mesh, signal),
    pointers: openSnapshotPointers(control, clock),
    ...(log && { log: openRunLog(control, clock) }),
  };
}

/** A ledger on which a run begins and ends once, however often that has to be said. */
export function patientLedger(
  { ledger, control, clock }: Pick<Mesh, "ledger" | "control" | "clock">,
  signal: AbortSignal,
): RunLedger {
  if (control.kind === "embedded") return ledger;
  return {
    ...ledger,
    start: (run, lock) => {
      const runId = run.runId ?? timeOrderedId(clock());
      const begin = () => ledger.start({ ...run, runId }, lock);
      return untilSaid(begin, { known: () => ledger.get(runId), code: "control/run-exists", signal });
    },
    finish: (runId, outcome) => {
      const end = () => ledger.finish(runId, outcome);
      return untilSaid(end, { known: () => ledger.get(runId), code: "control/run-finished", signal });
    },
  };
}

interface Saying {
  /** What the ledger has when a try before was carried out, and its answer lost. */
  readonly known: () => Promise<Run | undefined>;
  /** What it says then. */
  readonly code: string;
  readonly signal: AbortSignal;
}

function untilSaid(say: () => Promise<Run>, { known, code, signal }: Saying): Promise<Run> {
  let tries = 0;
  return untilServed(async () => {
    try {
      tries += 1;
      return await say();
    } catch (failure) {
      const said = tries > 1 && isMeshError(failure) && failure.code === code ? await known() : undefined;
      if (said === undefined) throw failure;
      return said;
    }
  }, signal);
}
