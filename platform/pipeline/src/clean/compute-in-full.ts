import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { SqlFile } from "../domain.ts";
import { type Reconciliation, reconcileClean } from "../quality/reconcile-clean.ts";
import { printSelect } from "../quality/select-tree.ts";
import { explainQueryFailure } from "../query-failure.ts";
import { countRowChanges, countRows, type RowChanges } from "../row-changes.ts";
import type { TableState } from "../table-states.ts";
import type { CleanContext, CleanQuery } from "./bring-up-to-date.ts";
import { storeProgress } from "./clean-progress.ts";
import type { Maintained } from "./clean-shape.ts";
import { copyJoined, forgetCopies, isSmall } from "./joined-copies.ts";
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
    const version = await replaceTable(query, isSame(changes) ? before : undefined, context);
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

/**
 * @param same the state of the table when the next one has the same rows: then it stays
 * @returns the version of the rows
 */
async function replaceTable(
  query: SqlFile,
  same: TableState | undefined,
  { engine, runId }: CleanContext,
): Promise<string> {
  if (same !== undefined) {
    await engine.run(`DROP TABLE ${nextTable(query)}`);
    return same.version;
  }
  await engine.run(`DROP TABLE IF EXISTS ${qualifiedName("clean", query.table)}`);
  await engine.run(`ALTER TABLE ${nextTable(query)} RENAME TO ${quoteIdentifier(query.table)}`);
  return runId;
}

async function noteProgress(
  table: string,
  maintained: FullOptions["maintained"],
  context: CleanContext,
): Promise<void> {
  const { engine } = context;
  await forgetCopies(engine, table);
  if (maintained === undefined) return storeProgress(engine, table, undefined);
  const { shape, definition } = maintained;
  if (await isSmall(engine, shape)) await copyJoined(table, shape.joined, context);
  const position = await readPosition(engine, shape);
  return storeProgress(engine, table, { ...position, definition, rewrittenBy: rewriterOf(shape.source, context) });
}

/** Where the table is computed. A file of that name would have to be quoted wherever it is read, so there is none. */
function nextTable({ table }: SqlFile): string {
  return qualifiedName("clean", `next ${table}`);
}

function isSame({ inserted, updated, deleted, sameColumns }: RowChanges): boolean {
  return sameColumns && inserted === 0 && updated === 0 && deleted === 0;
}
