import type { JobRequest } from "@thoth/control/job-queue";
import type { Run } from "@thoth/control/run";
import { describeJobFailure } from "../failure.ts";
import type { Mesh } from "../mesh.ts";
import { patientLedger } from "../patient-mesh.ts";
import { occasionOf } from "../run-occasion.ts";

/** Puts on the ledger that a target could not even begin: nobody watches a worker. */
export async function recordUnsound(
  mesh: Pick<Mesh, "ledger" | "domains" | "control" | "clock">,
  { target, trigger, attempt, parentRunId, queuedAt }: JobRequest & Pick<Run, "queuedAt">,
  { failure, signal }: { readonly failure: unknown; readonly signal: AbortSignal },
): Promise<Run> {
  const ledger = patientLedger(mesh, signal);
  const [name = target, product] = target.split("/");
  const { runId } = await ledger.start({
    domain: name,
    product: product ?? null,
    pipeline: "domain",
    codeVersion: mesh.domains.find((domain) => domain.name === name)?.packageVersion ?? "unknown",
    queuedAt,
    ...occasionOf({ trigger, attempt, signal }, parentRunId),
  });
  const outOfTime = failure instanceof DOMException && failure.name === "TimeoutError";
  const outcome = describeJobFailure(failure, outOfTime ? AbortSignal.abort(failure) : signal);
  return ledger.finish(runId, { ...outcome, failureStep: outcome.failureStep ?? "plan" });
}
