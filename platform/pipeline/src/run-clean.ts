import type { QualityResult } from "@thoth/control/quality-record";
import { openQualityStore } from "@thoth/control/quality-store";
import type { SqlAnalysis } from "@thoth/warehouse/analyse-sql";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { SqlFile } from "./domain.ts";
import { queryFingerprint } from "./input-fingerprint.ts";
import { type JobContext, type JobOutcome, step } from "./job-context.ts";
import { type Reconciliation, reconcileClean } from "./quality/reconcile-clean.ts";
import { explainQueryFailure } from "./query-failure.ts";
import { countRowChanges, countRows, type RowChanges } from "./row-changes.ts";
import type { TableState } from "./table-states.ts";

/**
 * Clean: the query's result becomes `clean.<table>` in one transaction. Nothing is computed when neither the query
 * nor anything it reads has changed since; what came out the same keeps its version, so that what reads it rests too.
 */
export async function runClean(query: SqlFile, analysis: SqlAnalysis, context: JobContext): Promise<JobOutcome> {
  const { tables, full } = context;
  const fingerprint = queryFingerprint(query.sql, analysis, [], context);
  const before = tables.of("clean", query.table);
  if (!full && before?.fingerprint === fingerprint) return unchanged(before.rowCount);
  return step("clean", () => computeTable(query, analysis, fingerprint, context));
}

async function computeTable(
  query: SqlFile,
  analysis: SqlAnalysis,
  fingerprint: string,
  context: JobContext,
): Promise<JobOutcome> {
  const before = context.tables.of("clean", query.table);
  const { rowCount, changes, reconciled } = await context.tables.change("clean", query.table, async () => {
    const rowCount = await createNext(query, analysis, context);
    const reconciled = await reconcileClean(context.engine, `clean.${query.table}`, analysis.statement, rowCount);
    const changes = await measureChanges(query, before, rowCount, context);
    const version = await replaceTable(query, isSame(changes) ? before : undefined, context);
    return { fingerprint, version, rowCount, changes, reconciled };
  });
  if (reconciled !== undefined) await recordReconciliation(query.table, reconciled, context);
  return {
    rowsRead: rowCount,
    rowsInserted: changes.inserted,
    rowsUpdated: 0,
    rowsDeleted: changes.deleted,
    rowsRejected: 0,
    rowCountAfter: rowCount,
  };
}

async function recordReconciliation(
  table: string,
  { source, landed, filtered, duplicates, clean }: Reconciliation,
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
    expected: `${landed} in ${source} - ${filtered} left out - ${duplicates} duplicates`,
    says: `every row of ${source} is in clean.${table}, left out or a duplicate`,
    judgedAt: now,
  };
  await openQualityStore(mesh.control).saveResults([result], now);
}

/** @returns how many rows there are */
async function createNext(query: SqlFile, { statement }: SqlAnalysis, { engine, signal }: JobContext): Promise<number> {
  const next = nextTable(query);
  const sql = `CREATE OR REPLACE TABLE ${next} AS\n${statement}`;
  try {
    await engine.run(sql, [], { signal });
    return await countRows(engine, next);
  } catch (failure) {
    throw explainQueryFailure(failure, { query, statement, ran: sql, of: `clean.${query.table}` });
  }
}

async function measureChanges(
  query: SqlFile,
  before: TableState | undefined,
  rowCount: number,
  { engine }: JobContext,
): Promise<RowChanges> {
  if (before === undefined) return { inserted: rowCount, deleted: 0, sameColumns: false };
  return countRowChanges(engine, qualifiedName("clean", query.table), nextTable(query));
}

/**
 * @param same the state of the table when the next one has the same rows: then it stays
 * @returns the version of the rows
 */
async function replaceTable(
  query: SqlFile,
  same: TableState | undefined,
  { engine, runId }: JobContext,
): Promise<string> {
  if (same !== undefined) {
    await engine.run(`DROP TABLE ${nextTable(query)}`);
    return same.version;
  }
  await engine.run(`DROP TABLE IF EXISTS ${qualifiedName("clean", query.table)}`);
  await engine.run(`ALTER TABLE ${nextTable(query)} RENAME TO ${quoteIdentifier(query.table)}`);
  return runId;
}

/** Where the table is computed. A file of that name would have to be quoted wherever it is read, so there is none. */
function nextTable({ table }: SqlFile): string {
  return qualifiedName("clean", `next ${table}`);
}

function isSame({ inserted, deleted, sameColumns }: RowChanges): boolean {
  return sameColumns && inserted === 0 && deleted === 0;
}

function unchanged(rowCount: number): JobOutcome {
  return { rowsRead: 0, rowsInserted: 0, rowsUpdated: 0, rowsDeleted: 0, rowsRejected: 0, rowCountAfter: rowCount };
}
