import { controlError } from "@thoth/control/errors";
import type { ControlPlane } from "@thoth/control/open-control";
import { openQualityStore } from "@thoth/control/quality-store";
import type { Run } from "@thoth/control/run";
import type { RunLedger } from "@thoth/control/run-ledger";
import { openRunLog } from "@thoth/control/run-log";
import type { Clock } from "@thoth/kernel/clock";
import { inputsOf } from "@thoth/pipeline/run-lines";
import type { RunStory } from "./desk-call.ts";

export interface StorySources {
  readonly control: ControlPlane;
  readonly ledger: RunLedger;
  readonly clock: Clock;
}

/** Everything that is known of one run. @throws MeshError `control/unknown-run` */
export async function tellStory(runId: string, { control, ledger, clock }: StorySources): Promise<RunStory> {
  const run = await ledger.get(runId);
  if (run === undefined) throw controlError["unknown-run"]({ runId });
  const children = (await ledger.list({ parentRunId: runId, limit: 10_000 })).reverse();
  return {
    run,
    steps: children.filter((child) => child.domain === run.domain && child.pipeline !== "domain"),
    triggered: children.filter((child) => child.pipeline === "domain"),
    checks: await openQualityStore(control).results({ runId }),
    log: await openRunLog(control, clock).read(runId),
    inputs: inputsOf(run).map(([product, snapshot]) => ({ product, snapshot })),
    causes: await causesOf(run, ledger),
  };
}

/** A run names the one that failed first; a domain's run, the job of it that did. */
async function causesOf(run: Run, ledger: RunLedger): Promise<Run[]> {
  const causes: Run[] = [];
  const seen = new Set([run.runId]);
  for (let next = run.rootCauseRunId; next !== null && !seen.has(next); ) {
    seen.add(next);
    const cause = await ledger.get(next);
    if (cause === undefined) break;
    causes.push(cause);
    next = cause.rootCauseRunId;
  }
  return causes;
}
