import type { SqlAnalysis } from "@thoth/warehouse/analyse-sql";
import { bringUpToDate, type CleanQuery } from "./clean/bring-up-to-date.ts";
import { recordReconciliation } from "./clean/record-reconciliation.ts";
import type { SqlFile } from "./domain.ts";
import { queryFingerprint } from "./input-fingerprint.ts";
import { type JobContext, type JobOutcome, step } from "./job-context.ts";
import { withMoreMemory } from "./memory-limit.ts";

/**
 * Clean: the query's result becomes `clean.<table>` in one transaction. Nothing is computed when neither the query
 * nor anything it reads has changed since, and no more than the rows that have newly landed where the query allows it;
 * what came out the same keeps its version, so that what reads it rests too.
 */
export async function runClean(query: SqlFile, analysis: SqlAnalysis, context: JobContext): Promise<JobOutcome> {
  const { tables, full, log } = context;
  const fingerprint = queryFingerprint(query.sql, analysis, [], context);
  const before = tables.of("clean", query.table);
  if (!full && before?.fingerprint === fingerprint) {
    await log("info", `clean.${query.table} is as it was: nothing that it reads has changed`);
    return unchanged(before.rowCount);
  }
  return step("clean", () => compute({ query, analysis, fingerprint }, context));
}

async function compute(clean: CleanQuery, context: JobContext): Promise<JobOutcome> {
  const { table } = clean.query;
  const { changes, rowCount, rowsRead, reconciled, how } = await withMoreMemory(context, () =>
    bringUpToDate(clean, context),
  );
  await context.log("info", `clean.${table} computed ${how}`);
  if (reconciled !== undefined) await recordReconciliation(table, reconciled, context);
  return {
    rowsRead,
    rowsInserted: changes.inserted,
    rowsUpdated: changes.updated,
    rowsDeleted: changes.deleted,
    rowsRejected: 0,
    rowCountAfter: rowCount,
  };
}

function unchanged(rowCount: number): JobOutcome {
  return { rowsRead: 0, rowsInserted: 0, rowsUpdated: 0, rowsDeleted: 0, rowsRejected: 0, rowCountAfter: rowCount };
}
