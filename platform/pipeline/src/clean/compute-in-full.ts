import { countRowChanges, countRows, type RowChanges } from "@thoth/warehouse/row-changes";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { SqlFile } from "../domain.ts";
import { type Reconciliation, reconcileClean } from "../quality/reconcile-clean.ts";
import { printSelect } from "../quality/select-tree.ts";
import { explainQueryFailure } from "../query-failure.ts";
import type { TableState } from "../table-states.ts";
import type { CleanContext, CleanQuery } from "./bring-up-to-date.ts";
import { forgetChanges, noteReplaced, stopReading, watch } from "./change-log.ts";
import { storeProgress } from "./clean-progress.ts";
import type { Maintained } from "./clean-shape.ts";
import { describeColumns, isExact } from "./found-column.ts";
import { followTables, forgetCopies } from "./joined-copies.ts";
import { readPosition } from "./raw-position.ts";
import { rewriterOf } from "./raw-stream.ts";

/** A cleaned table as it was left by one computation. Counts are rows. */
export interface ComputedClean extends TableState {
  readonly changes: Pick<RowChanges, "inserted" | "updated" | "deleted">;
  readonly rowsRead: number;
  readonly reconciled: Reconciliation | undefined;
  /** Ends "clean.tasks computed …". */
  readonly how: string;
}

export interface FullOptions {
  readonly why: string;
  /** When later runs may go on from here. */
  readonly maintained?: { readonly shape: Maintained; readonly definition: string };
}

/** Makes the table anew beside the present one, which it replaces unless both have the same rows. */
export function computeInFull(
  { query, analysis, fingerprint }: CleanQuery,
  { why, maintained }: FullOptions,
  context: CleanContext,
): Promise<ComputedClean> {
  const { engine, tables } = context;
  const { table } = query;
  const before = tables.of("clean", table);
  return tables.change("clean", table, async () => {
    const rowCount = await createNext(query, analysis.statement, maintained?.shape, context);
    const reconciled = await reconcileClean(engine, `clean.${table}`, analysis.statement, rowCount);
    const { kind, keys: own = [] } = maintained?.shape ?? {};
    const keys = kind === "distinct" || kind === "joined" ? [] : own;
    const names = keys.map(({ column }) => column);
    const changes = await measureChanges(query, before, { rowCount, keys: names }, context);
    const version = await replaceTable(query, { before, changes, rowCount }, context);
    await noteProgress(table, maintained, context);
    return { fingerprint, version, rowCount, rowsRead: rowCount, changes, reconciled, how: `in full: ${why}` };
  });
}

/** @returns how many rows there are */
async function createNext(
  query: SqlFile,
  statement: string,
  shape: Maintained | undefined,
  { engine, signal }: CleanContext,
): Promise<number> {
  const next = nextTable(query);
  const text = shape === undefined ? statement : await printSelect(engine, shape.node);
  const sql = `CREATE OR REPLACE TABLE ${next} AS\n${text}`;
  try {
    await engine.run(sql, [], { signal });
    return await countRows(engine, next);
  } catch (failure) {
    if (shape !== undefined) throw failure;
    throw explainQueryFailure(failure, { query, statement, ran: sql, of: `clean.${query.table}` });
  }
}

async function measureChanges(
  query: SqlFile,
  before: TableState | undefined,
  { rowCount, keys }: { readonly rowCount: number; readonly keys: readonly string[] },
  { engine }: CleanContext,
): Promise<RowChanges> {
  if (before === undefined) return { inserted: rowCount, updated: 0, deleted: 0, sameColumns: false };
  return countRowChanges(engine, qualifiedName("clean", query.table), nextTable(query), keys);
}

interface Replacement {
  /** The state of the table that is there. */
  readonly before: TableState | undefined;
  readonly changes: RowChanges;
  readonly rowCount: number;
}

/**
 * A table that has the same rows stays.
 * @returns the version of the rows
 */
async function replaceTable(query: SqlFile, replacement: Replacement, context: CleanContext): Promise<string> {
  const { engine, runId } = context;
  const { before, changes } = replacement;
  if (before !== undefined && isSame(changes)) {
    await engine.run(`DROP TABLE ${nextTable(query)}`);
    return before.version;
  }
  if (!(await tellReaders(query, replacement, context))) await forgetChanges(engine, query.table);
  await engine.run(`DROP TABLE IF EXISTS ${qualifiedName("clean", query.table)}`);
  await engine.run(`ALTER TABLE ${nextTable(query)} RENAME TO ${quoteIdentifier(query.table)}`);
  return runId;
}

/** What few rows have changed is kept for the tables that read it, unless equal values may be written differently. */
async function tellReaders(
  query: SqlFile,
  { before, changes, rowCount }: Replacement,
  { engine, runId }: CleanContext,
): Promise<boolean> {
  const { inserted, updated, deleted, sameColumns } = changes;
  if (before === undefined || !sameColumns || (inserted + updated + deleted) * 2 > rowCount) return false;
  const watched = await watch(engine, query.table, before.version);
  if (watched === undefined) return false;
  const next = nextTable(query);
  if (!(await describeColumns(engine, next)).every(isExact)) return false;
  await noteReplaced(engine, watched, { after: runId, next });
  return true;
}

async function noteProgress(
  table: string,
  maintained: FullOptions["maintained"],
  context: CleanContext,
): Promise<void> {
  const { engine } = context;
  await forgetCopies(engine, table);
  await stopReading(engine, table);
  if (maintained === undefined) return storeProgress(engine, table, undefined);
  const { shape, definition } = maintained;
  await followTables(table, shape, context);
  const position = await readPosition(engine, shape);
  return storeProgress(engine, table, { ...position, definition, rewrittenBy: rewriterOf(shape, context) });
}

/** Where the table is computed. A file of that name would have to be quoted wherever it is read, so there is none. */
function nextTable({ table }: SqlFile): string {
  return qualifiedName("clean", `next ${table}`);
}

function isSame({ inserted, updated, deleted, sameColumns }: RowChanges): boolean {
  return sameColumns && inserted === 0 && updated === 0 && deleted === 0;
}
