import type { CleanContext } from "./bring-up-to-date.ts";
import type { CleanProgress } from "./clean-progress.ts";
import type { Maintained } from "./clean-shape.ts";
import type { MaintainedClean } from "./maintain.ts";
import { firstNewRow, type RawPosition, readPosition } from "./raw-position.ts";
import { rewriterOf } from "./raw-stream.ts";
import { findCleanChanges } from "./read-changes.ts";

/** What a table has not seen yet of the one that drives its query. */
export interface Arrived {
  readonly position: RawPosition;
  readonly rewrittenBy: string | null;
  /** Row id of the first new raw row, or the first change of a cleaned table. */
  readonly first: number;
  /** How many are new or have changed. */
  readonly rows: number;
  /** `16 new of 82 rows of raw.runs` */
  readonly told: string;
}

/** @returns why the new rows alone do not do, where they do not */
export function findArrived(clean: MaintainedClean, context: CleanContext): Promise<Arrived | string> {
  return clean.shape.layer === "raw" ? findLanded(clean, context) : findChangedRows(clean, context);
}

async function findLanded({ shape, since }: MaintainedClean, context: CleanContext): Promise<Arrived | string> {
  const { engine } = context;
  const rewrittenBy = rewriterOf(shape, context);
  if (rewrittenBy !== since.rewrittenBy) return `rows of raw.${shape.source} were replaced`;
  const position = await readPosition(engine, shape);
  const obstacle = findObstacle(shape, since, position);
  if (obstacle !== undefined) return obstacle;
  const first = await firstNewRow(engine, shape.source, since, position);
  const rows = position.landed - since.landed;
  const told = `${rows} new of ${position.landed} rows of raw.${shape.source}`;
  return { position, rewrittenBy, first, rows, told };
}

function findObstacle({ kind, source }: Maintained, since: CleanProgress, now: RawPosition): string | undefined {
  const added = now.landed - since.landed;
  if (added < 0) return `rows of raw.${source} are gone`;
  if (added * 2 > now.landed) return `most rows of raw.${source} are new`;
  const isMarked = now.markedAt !== since.markedAt;
  if (isMarked && (kind === "rows" || kind === "distinct")) return `rows of raw.${source} were marked as deleted`;
  return undefined;
}

async function findChangedRows({ shape, query }: MaintainedClean, context: CleanContext): Promise<Arrived | string> {
  const name = `clean.${shape.source}`;
  const unread = await findCleanChanges(query.table, shape.source, context);
  if (unread === undefined) return `${name} was itself computed in full`;
  const position = await readPosition(context.engine, shape);
  const { first, rows } = unread;
  if (rows * 2 > position.landed) return `most rows of ${name} have changed`;
  return { position, rewrittenBy: null, first, rows, told: `${rows} changed of ${position.landed} rows of ${name}` };
}
