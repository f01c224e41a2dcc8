import type { QualityResult } from "@thoth/control/quality-record";
import { openQualityStore } from "@thoth/control/quality-store";
import type { JobContext } from "../job-context.ts";
import { describeSum, type Reconciliation } from "../quality/reconcile-clean.ts";

/** Puts into the history of quality that the counts of a cleaned table add up. */
export async function recordReconciliation(
  table: string,
  { clean, ...sum }: Reconciliation,
  { mesh, domain, runId }: JobContext,
): Promise<void> {
  const now = mesh.clock();
  const result: QualityResult = {
    runId,
    domain: domain.name,
    product: null,
    contractVersion: null,
    checkId: `reconciliation:clean.${table}`,
    kind: "reconciliation",
    column: null,
    dimension: "completeness",
    severity: "error",
    status: "passed",
    measured: String(clean),
    expected: describeSum(sum),
    says: `every row of ${sum.source} is in clean.${table}, left out or a duplicate`,
    judgedAt: now,
  };
  await openQualityStore(mesh.control).saveResults([result], now);
}
