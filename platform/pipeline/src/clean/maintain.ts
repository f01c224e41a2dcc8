import { countRows } from "@thoth/warehouse/row-changes";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import type { TableState } from "../table-states.ts";
import { type Arrived, findArrived } from "./arrived-rows.ts";
import type { CleanContext, CleanQuery } from "./bring-up-to-date.ts";
import { noteChanges, watch } from "./change-log.ts";
import { type CleanProgress, storeProgress } from "./clean-progress.ts";
import type { Maintained } from "./clean-shape.ts";
import type { ComputedClean } from "./compute-in-full.ts";
import { type ChangedTable, copyJoined, dropChanged, findChanged } from "./joined-copies.ts";
import { dropMerged, type MergedRows, mergeRows, NotWorthIt, oldRows } from "./merge-rows.ts";
import { goOnReading } from "./read-changes.ts";
import { reconcileMerged } from "./reconcile-merged.ts";

export interface MaintainedClean extends CleanQuery {
  readonly shape: Maintained;
  /** How far the table had come, and its state then. */
  readonly since: CleanProgress;
  readonly before: TableState;
}

/**
 * Merges what has landed since into the cleaned table, in one transaction with how far it has come.
 * @returns why that is not possible, or not worth it, when it is not
 */
export async function maintain(clean: MaintainedClean, context: CleanContext): Promise<ComputedClean | string> {
  const { engine, tables } = context;
  const { shape, since, query } = clean;
  const arrived = await findArrived(clean, context);
  if (typeof arrived === "string") return arrived;
  try {
    return await tables.change("clean", query.table, async () => {
      const changed = await findChanged(query.table, shape, context);
      if (typeof changed === "string") throw new NotWorthIt(changed);
      const merged = await merge(clean, { arrived, changed }, context);
      const places = changed.filter(({ isCopied }) => isCopied).map(({ index }) => index);
      await copyJoined(query.table, shape.joined, context, places);
      await dropChanged(engine, changed);
      await goOnReading(query.table, context);
      const { position, rewrittenBy } = arrived;
      await storeProgress(engine, query.table, { ...position, definition: since.definition, rewrittenBy });
      return merged;
    });
  } catch (failure) {
    if (failure instanceof NotWorthIt) return failure.message;
    throw failure;
  }
}

interface Found {
  readonly arrived: Arrived;
  readonly changed: readonly ChangedTable[];
}

async function merge(
  clean: MaintainedClean,
  { arrived, changed }: Found,
  context: CleanContext,
): Promise<ComputedClean> {
  const { engine, runId, signal } = context;
  const { shape, since, before, fingerprint } = clean;
  const { table } = clean.query;
  const { first, position } = arrived;
  const { landed } = position;
  const watched = await watch(engine, table, before.version);
  const rows = { first, landed, markedAt: since.markedAt, changed: changed.map(({ index }) => index) };
  const changes = await mergeRows({ engine, table, shape, signal }, rows);
  const version = hasChanged(changes) ? runId : before.version;
  if (watched !== undefined && version !== before.version)
    await noteChanges(engine, watched, { after: version, old: oldRows(shape) });
  const rowCount = await countRows(engine, qualifiedName("clean", table));
  const counts = { ...changes, before: before.rowCount, after: rowCount, landed };
  const reconciled = await reconcileMerged(engine, table, shape, counts);
  await dropMerged(engine);
  const rowsRead = changed.reduce((sum, each) => sum + each.rows, arrived.rows);
  const how = `from ${arrived.told}${describeChanged(changed)}`;
  return { fingerprint, version, rowCount, rowsRead, changes, reconciled, how };
}

function describeChanged(changed: readonly ChangedTable[]): string {
  const named = changed.filter(({ rows }) => rows > 0).map(({ name, rows }) => `${rows} changed of ${name}`);
  return named.length === 0 ? "" : `, and ${named.join(" and ")}`;
}

function hasChanged({ inserted, updated, deleted }: MergedRows): boolean {
  return inserted + updated + deleted > 0;
}
