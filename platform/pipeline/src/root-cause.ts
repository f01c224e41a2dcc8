import type { Run, RunOutcome } from "@thoth/control/run";
import type { RunLedger } from "@thoth/control/run-ledger";
import type { Job } from "./job.ts";
import type { JobSetting } from "./run-job.ts";

/**
 * The run that failed first, where this one failed because of it: the same job in the attempt before, or the product of
 * another domain that should have been published by now.
 * @returns nothing when the outcome is its own cause, or names one already
 */
export async function findRootCause(
  job: Job,
  { status, rootCauseRunId }: RunOutcome,
  { mesh, options }: JobSetting,
): Promise<Pick<RunOutcome, "rootCauseRunId">> {
  if (status === "success" || status === "partial" || rootCauseRunId != null) return {};
  const cause = (await unpublishedInput(job, mesh)) ?? (await attemptBefore(job, options.retryOf, mesh.ledger));
  return cause === undefined ? {} : { rootCauseRunId: cause.rootCauseRunId ?? cause.runId };
}

/** The last run of an input port that has never been published. */
async function unpublishedInput(job: Job, { ledger, pointers }: JobSetting["mesh"]): Promise<Run | undefined> {
  const ports = job.kind === "product" ? (job.product.inputPorts ?? []) : [];
  if (ports.length === 0) return undefined;
  const published = new Set((await pointers.current()).map(({ domain, product }) => `${domain}/${product}`));
  for (const port of ports.filter((id) => !published.has(id))) {
    const [domain = "", product = ""] = port.split("/");
    const [run] = await ledger.list({ domain, product, limit: 1 });
    if (run !== undefined && isBroken(run)) return run;
  }
  return undefined;
}

async function attemptBefore(job: Job, retryOf: string | undefined, ledger: RunLedger): Promise<Run | undefined> {
  if (retryOf === undefined) return undefined;
  const pipeline = job.id.slice(job.domain.length + 1);
  const [run] = await ledger.list({ parentRunId: retryOf, pipeline, limit: 1 });
  return run !== undefined && isBroken(run) ? run : undefined;
}

function isBroken({ status }: Run): boolean {
  return status === "failed" || status === "skipped" || status === "aborted";
}
