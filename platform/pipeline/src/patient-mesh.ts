import type { RunLedger } from "@thoth/control/run-ledger";
import { openRunLog } from "@thoth/control/run-log";
import { patientControl, untilServed } from "@thoth/control/server-away";
import { openSnapshotPointers, type SnapshotPointers } from "@thoth/control/snapshot-pointers";
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
    pointers: patientPointers(mesh, signal),
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

/** Pointers to which a snapshot is published once, however often that has to be said. */
function patientPointers({ control, clock }: Pick<Mesh, "control" | "clock">, signal: AbortSignal): SnapshotPointers {
  const pointers = openSnapshotPointers(patientControl(control, signal), clock);
  const impatient = openSnapshotPointers(control, clock);
  return {
    ...pointers,
    publish: (snapshot, lock) => {
      const { id, domain, product, runId } = snapshot;
      const known = async () => {
        const kept = await impatient.history(domain, product);
        const isKept = kept.some((one) => one.id === id && one.runId === runId);
        return isKept ? { ...snapshot, checkedAt: clock() } : undefined;
      };
      return untilSaid(() => impatient.publish(snapshot, lock), { known, code: "control/snapshot-exists", signal });
    },
  };
}

interface Saying<Said> {
  /** What the control plane has when a try before was carried out, and its answer lost. */
  readonly known: () => Promise<Said | undefined>;
  /** What it says then. */
  readonly code: string;
  readonly signal: AbortSignal;
}

function untilSaid<Said>(say: () => Promise<Said>, { known, code, signal }: Saying<Said>): Promise<Said> {
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
