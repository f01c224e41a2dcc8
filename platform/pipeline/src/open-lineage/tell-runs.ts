import type { Run } from "@thoth/control/run";
import type { RunLedger } from "@thoth/control/run-ledger";
import type { Analyses } from "../analyses.ts";
import type { Domain } from "../domain.ts";
import { lineageOf, type MeshLineage } from "../lineage.ts";
import type { Audited, Mesh } from "../mesh.ts";
import { readAddresses } from "./dataset-names.ts";
import { describeRun } from "./describe-run.ts";
import type { OpenLineage } from "./open-lineage.ts";

export interface ToldDomains {
  readonly domains: readonly Domain[];
  readonly analyses: Analyses;
}

/**
 * The same mesh, whose runs are told of as they begin and end, when it has somewhere to tell them. Nothing waits for
 * that: where columns come from is found out beside the runs, when the first event is written.
 */
export function tellRuns(mesh: Mesh, told: ToldDomains): Mesh {
  const { openLineage } = mesh;
  if (openLineage === undefined) return mesh;
  const { namespace, sources = mesh.home.sourcesDir } = openLineage;
  const audits = new Map<string, readonly Audited[]>();
  const lineage = once(() => lineageOrNothing(told, openLineage));
  const addresses = once(() => readAddresses(told.domains, { sources }));
  const tell = (run: Run) => {
    const own = audits.get(run.runId) ?? [];
    openLineage.send(async () => {
      const { domains } = told;
      return describeRun(run, {
        namespace,
        domains,
        addresses: await addresses(),
        lineage: await lineage(),
        audits: own,
      });
    });
    return run;
  };
  const onAudit: Mesh["onAudit"] = (runId, audited) => {
    audits.set(runId, [...(audits.get(runId) ?? []), audited]);
    mesh.onAudit?.(runId, audited);
  };
  return { ...mesh, ledger: tellingLedger(mesh.ledger, tell), onAudit };
}

function tellingLedger(ledger: RunLedger, tell: (run: Run) => Run): RunLedger {
  return {
    ...ledger,
    start: async (run, lock) => tell(await ledger.start(run, lock)),
    begin: async (runId) => tell(await ledger.begin(runId)),
    finish: async (runId, outcome) => tell(await ledger.finish(runId, outcome)),
  };
}

/** A run is told of even when nothing can be said about where its columns come from. */
async function lineageOrNothing({ domains, analyses }: ToldDomains, { onTrouble }: OpenLineage): Promise<MeshLineage> {
  try {
    return await lineageOf(domains, analyses);
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    onTrouble(`OpenLineage events are without tables and columns: ${reason}`);
    return new Map();
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
