import { setTimeout as wait } from "node:timers/promises";
import type { ControlPlane } from "./control-plane.ts";
import type { Run } from "./run.ts";
import type { RunLedger } from "./run-ledger.ts";
import { presentWorkersSql } from "./worker-presence.ts";

const lookAgainMs = 200;

/**
 * Ends the runs of processes that are gone. On a server one that cannot be seen may only have lost its connection: it is
 * given its grace period to come back, which costs time only when somebody has left something behind.
 * @returns the runs that were ended
 */
export async function abortAbandoned(
  control: ControlPlane,
  ledger: Pick<RunLedger, "abortOrphans">,
  reason: string,
): Promise<Run[]> {
  if (control.kind === "embedded") return ledger.abortOrphans(reason);
  let gone = await absentRunners(control);
  for (let waited = 0; gone.length > 0 && waited < control.presence.graceMs; waited += lookAgainMs) {
    await wait(lookAgainMs);
    const absent = new Set(await absentRunners(control));
    gone = gone.filter((worker) => absent.has(worker));
  }
  return gone.length === 0 ? [] : ledger.abortOrphans(reason, gone);
}

async function absentRunners(control: ControlPlane): Promise<number[]> {
  const rows = await control.query<{ worker_id: number }>(
    `select distinct worker_id from mesh.run_intake join mesh.runs using (run_id)
     where completed_at is null and worker_id not in (${presentWorkersSql})`,
  );
  return rows.map((row) => row.worker_id);
}
