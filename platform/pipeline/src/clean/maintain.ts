import { qualifiedName } from "@thoth/warehouse/sql-text";
import { countRows } from "../row-changes.ts";
import type { TableState } from "../table-states.ts";
import type { CleanContext, CleanQuery } from "./bring-up-to-date.ts";
import { type CleanProgress, storeProgress } from "./clean-progress.ts";
import type { Maintained } from "./clean-shape.ts";
import type { ComputedClean } from "./compute-in-full.ts";
import { dropMerged, type MergedRows, mergeRows } from "./merge-rows.ts";
import { firstNewRow, type RawPosition, readPosition } from "./raw-position.ts";
import { rewriterOf } from "./raw-stream.ts";
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
  const rewrittenBy = rewriterOf(shape.source, context);
  if (rewrittenBy !== since.rewrittenBy) return `rows of raw.${shape.source} were replaced`;
  const now = await readPosition(engine, shape);
  const obstacle = findObstacle(shape, since, now);
  if (obstacle !== undefined) return obstacle;
  return tables.change("clean", query.table, async () => {
    const merged = await merge(clean, now, context);
    await storeProgress(engine, query.table, { ...now, definition: since.definition, rewrittenBy });
    return merged;
  });
}

function findObstacle({ kind, source }: Maintained, since: CleanProgress, now: RawPosition): string | undefined {
  const added = now.landed - since.landed;
  if (added < 0) return `rows of raw.${source} are gone`;
  if (added * 2 > now.landed) return `most rows of raw.${source} are new`;
  const isMarked = now.markedAt !== since.markedAt;
  if (isMarked && (kind === "rows" || kind === "distinct")) return `rows of raw.${source} were marked as deleted`;
  return undefined;
}

async function merge(clean: MaintainedClean, now: RawPosition, context: CleanContext): Promise<ComputedClean> {
  const { engine, runId, signal } = context;
  const { shape, since, before, fingerprint } = clean;
  const { table } = clean.query;
  const first = await firstNewRow(engine, shape.source, since, now);
  const changes = await mergeRows({ engine, table, shape, signal }, { first, markedAt: since.markedAt });
  const rowCount = await countRows(engine, qualifiedName("clean", table));
  const counts = { ...changes, before: before.rowCount, after: rowCount, landed: now.landed };
  const reconciled = await reconcileMerged(engine, table, shape, counts);
  await dropMerged(engine);
  const rowsRead = now.landed - since.landed;
  const how = `from ${rowsRead} new of ${now.landed} rows of raw.${shape.source}`;
  const version = hasChanged(changes) ? runId : before.version;
  return { fingerprint, version, rowCount, rowsRead, changes, reconciled, how };
}

function hasChanged({ inserted, updated, deleted }: MergedRows): boolean {
  return inserted + updated + deleted > 0;
}
