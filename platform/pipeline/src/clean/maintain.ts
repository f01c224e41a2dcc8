import { qualifiedName } from "@thoth/warehouse/sql-text";
import { countRows } from "../row-changes.ts";
import type { TableState } from "../table-states.ts";
import type { CleanContext, CleanQuery } from "./bring-up-to-date.ts";
import { type CleanProgress, storeProgress } from "./clean-progress.ts";
import type { Maintained } from "./clean-shape.ts";
import type { ComputedClean } from "./compute-in-full.ts";
import { type ChangedTable, copyJoined, dropChanged, findChanged } from "./joined-copies.ts";
import { dropMerged, type MergedRows, mergeRows, NotWorthIt } from "./merge-rows.ts";
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
  try {
    return await tables.change("clean", query.table, async () => {
      const changed = await findChanged(query.table, shape, context);
      if (changed === undefined)
        throw new NotWorthIt(`the tables that it joins have more rows than raw.${shape.source}`);
      const merged = await merge(clean, { now, changed }, context);
      const places = changed.map(({ index }) => index);
      await copyJoined(query.table, shape.joined, context, places);
      await dropChanged(engine, changed);
      await storeProgress(engine, query.table, { ...now, definition: since.definition, rewrittenBy });
      return merged;
    });
  } catch (failure) {
    if (failure instanceof NotWorthIt) return failure.message;
    throw failure;
  }
}

function findObstacle({ kind, source }: Maintained, since: CleanProgress, now: RawPosition): string | undefined {
  const added = now.landed - since.landed;
  if (added < 0) return `rows of raw.${source} are gone`;
  if (added * 2 > now.landed) return `most rows of raw.${source} are new`;
  const isMarked = now.markedAt !== since.markedAt;
  if (isMarked && (kind === "rows" || kind === "distinct")) return `rows of raw.${source} were marked as deleted`;
  return undefined;
}

interface Found {
  readonly now: RawPosition;
  readonly changed: readonly ChangedTable[];
}

async function merge(clean: MaintainedClean, { now, changed }: Found, context: CleanContext): Promise<ComputedClean> {
  const { engine, runId, signal } = context;
  const { shape, since, before, fingerprint } = clean;
  const { table } = clean.query;
  const first = await firstNewRow(engine, shape.source, since, now);
  const changes = await mergeRows(
    { engine, table, shape, signal },
    {
      first,
      markedAt: since.markedAt,
      landed: now.landed,
      changed: changed.map(({ index }) => index),
    },
  );
  const rowCount = await countRows(engine, qualifiedName("clean", table));
  const counts = { ...changes, before: before.rowCount, after: rowCount, landed: now.landed };
  const reconciled = await reconcileMerged(engine, table, shape, counts);
  await dropMerged(engine);
  const added = now.landed - since.landed;
  const rowsRead = changed.reduce((sum, { rows }) => sum + rows, added);
  const how = `from ${added} new of ${now.landed} rows of raw.${shape.source}${describeChanged(changed)}`;
  const version = hasChanged(changes) ? runId : before.version;
  return { fingerprint, version, rowCount, rowsRead, changes, reconciled, how };
}

function describeChanged(changed: readonly ChangedTable[]): string {
  const named = changed.filter(({ rows }) => rows > 0).map(({ name, rows }) => `${rows} changed of ${name}`);
  return named.length === 0 ? "" : `, and ${named.join(" and ")}`;
}

function hasChanged({ inserted, updated, deleted }: MergedRows): boolean {
  return inserted + updated + deleted > 0;
}
