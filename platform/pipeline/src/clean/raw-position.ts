import { qualifiedName } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { CleanProgress } from "./clean-progress.ts";
import type { Maintained } from "./clean-shape.ts";

/** What the driving table holds now, in the words of {@link CleanProgress}; of a cleaned one no more than its number of rows. */
export type RawPosition = Pick<CleanProgress, "landed" | "nextRow" | "markedAt">;

/** The column that a source with `deletes: "mark"` adds. */
export const deletionMark = "_deleted_at";

export async function readPosition(engine: WriteSide, shape: Maintained): Promise<RawPosition> {
  const { layer, source, sourceColumns } = shape;
  if (layer === "clean") {
    const [row] = await engine.query(`SELECT count(*) AS rows FROM ${qualifiedName(layer, source)}`);
    return { landed: Number(row?.rows), nextRow: 0, markedAt: null };
  }
  const isMarked = sourceColumns.some(({ name }) => name === deletionMark);
  const [row] = await engine.query(`SELECT count(*) AS landed, coalesce(max(rowid) + 1, 0) AS next_row,
  ${isMarked ? `epoch_us(max(${deletionMark}))` : "NULL"} AS marked_at
FROM ${qualifiedName("raw", source)}`);
  return {
    landed: Number(row?.landed),
    nextRow: Number(row?.next_row),
    markedAt: row?.marked_at == null ? null : BigInt(row.marked_at as bigint),
  };
}

/**
 * Row id of the first raw row that has landed since. Rows are stored in the order in which they landed, so the last `n`
 * are the new ones. Row ids only grow, until the engine closes gaps that removed rows have left: then they are counted.
 */
export async function firstNewRow(
  engine: WriteSide,
  source: string,
  since: CleanProgress,
  now: RawPosition,
): Promise<number> {
  const raw = qualifiedName("raw", source);
  const [behind] = await engine.query(`SELECT count(*) AS rows FROM ${raw} WHERE rowid >= $1`, [since.nextRow]);
  if (Number(behind?.rows) === now.landed - since.landed) return since.nextRow;
  const [first] = await engine.query(`SELECT rowid AS row FROM ${raw} ORDER BY rowid LIMIT 1 OFFSET $1`, [
    since.landed,
  ]);
  return first === undefined ? now.nextRow : Number(first.row);
}
