import { countRows } from "@thoth/warehouse/row-changes";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import { printSelect } from "../quality/select-tree.ts";
import { changeColumn, changeLog } from "./change-log.ts";
import type { CleanProgress } from "./clean-progress.ts";
import type { Maintained } from "./clean-shape.ts";
import {
  affectedKeys,
  fromRow,
  keyName,
  keysOfChanges,
  keysOfDriving,
  keysThatFind,
  ofAffectedKeys,
} from "./edit-select.ts";
import { mergeCopies } from "./merge-copies.ts";
import { deletionMark } from "./raw-position.ts";

/** Counts are rows of the cleaned table. */
export interface MergedRows {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** The rows that are not yet in a cleaned table. */
export interface NewRows {
  /** Row id of the first new raw row; where a cleaned table drives the query, the first change that is new. */
  readonly first: number;
  /** Rows that were marked as deleted after this have not been seen either. */
  readonly markedAt: CleanProgress["markedAt"];
  /** Rows of the driving table in all. */
  readonly landed: number;
  /** Places of the joins whose tables have changed. */
  readonly changed: readonly number[];
}

/** Computing everything is faster. */
export class NotWorthIt extends Error {}

export interface Merge {
  readonly engine: WriteSide;
  readonly table: string;
  readonly shape: Maintained;
  readonly signal: AbortSignal;
}

/**
 * Brings a cleaned table up to date: the query is computed for the keys of new rows alone, over all driving rows of those
 * keys, and what differs is replaced. Memory goes with the number of those keys, not with the table. Inside a
 * transaction; leaves {@link affectedKeys} and `clean_next` behind until {@link dropMerged}.
 * @throws NotWorthIt
 */
export async function mergeRows(merge: Merge, rows: NewRows): Promise<MergedRows> {
  const { engine, table, shape, signal } = merge;
  if (shape.kind === "rows") {
    const select = await printSelect(engine, fromRow(shape.node, rows.first));
    const inserted = await engine.run(`INSERT INTO ${qualifiedName("clean", table)} ${select}`, [], { signal });
    return { inserted, updated: 0, deleted: 0 };
  }
  if (shape.kind === "distinct") await computeDistinct(merge, rows);
  else await computeByKey(merge, rows);
  await findOld(merge);
  if (shape.kind === "joined") return mergeCopies(merge);
  const changes = await countChanges(merge);
  await replaceChanged(merge, changes);
  return changes;
}

/** What {@link mergeRows} has left of the rows that were there; undefined where it never removes any. */
export function oldRows({ kind }: Maintained): string | undefined {
  return kind === "rows" ? undefined : "temp.clean_old";
}

export async function dropMerged(engine: WriteSide): Promise<void> {
  for (const name of [affectedKeys, "clean_next", "clean_old"])
    await engine.run(`DROP TABLE IF EXISTS temp.main.${name}`);
}

async function computeByKey({ engine, shape, signal }: Merge, rows: NewRows): Promise<void> {
  const { node, keys, layer, source } = shape;
  const { changed, landed } = rows;
  const selects = [layer === "raw" ? await newKeys(engine, shape, rows) : await changedKeys(engine, shape, rows)];
  for (const index of changed) selects.push(await printSelect(engine, keysThatFind(node, keys, index)));
  const all = selects.join(" UNION ALL ");
  await engine.run(`CREATE TEMP TABLE ${affectedKeys} AS SELECT DISTINCT * FROM (${all})`, [], { signal });
  if (changed.length > 0 || layer === "clean") {
    const touched = await countRows(
      engine,
      `(${await printSelect(engine, ofAffectedKeys(keysOfDriving(node, keys), keys))})`,
    );
    if (touched * 2 > landed) throw new NotWorthIt(`what has changed touches most rows of ${layer}.${source}`);
  }
  const next = await printSelect(engine, ofAffectedKeys(node, keys));
  await engine.run(`CREATE TEMP TABLE clean_next AS ${next}`, [], { signal });
}

async function newKeys(
  engine: WriteSide,
  { node, keys, sourceColumns }: Maintained,
  { first, markedAt }: NewRows,
): Promise<string> {
  const isMarked = sourceColumns.some(({ name }) => name === deletionMark);
  const marked = markedAt === null ? `${deletionMark} IS NOT NULL` : `epoch_us(${deletionMark}) > ${markedAt}`;
  const isNew = `rowid >= ${first}${isMarked ? ` OR ${marked}` : ""}`;
  return `${await printSelect(engine, keysOfDriving(node, keys))} WHERE ${isNew}`;
}

async function changedKeys(engine: WriteSide, { node, keys, source }: Maintained, { first }: NewRows): Promise<string> {
  const ofChanges = await printSelect(engine, keysOfChanges(node, keys, changeLog(source)));
  return `${ofChanges} WHERE ${quoteIdentifier(changeColumn)} >= ${first}`;
}

/** A row that is there already stays; none ever goes. */
async function computeDistinct({ engine, shape, signal }: Merge, { first }: NewRows): Promise<void> {
  const next = await printSelect(engine, fromRow(shape.node, first));
  await engine.run(`CREATE TEMP TABLE clean_next AS ${next}`, [], { signal });
  const keys = shape.keys.map(
    ({ column }, index) => `${quoteIdentifier(column)} AS ${quoteIdentifier(keyName(index))}`,
  );
  await engine.run(`CREATE TEMP TABLE ${affectedKeys} AS SELECT ${keys.join(", ")} FROM temp.clean_next`);
}

/** `clean_old`: the table's present rows of those keys. */
async function findOld({ engine, table, shape, signal }: Merge): Promise<void> {
  const same = shape.keys.map(
    ({ column }, index) =>
      `affected.${quoteIdentifier(keyName(index))} IS NOT DISTINCT FROM "old row".${quoteIdentifier(column)}`,
  );
  await engine.run(
    `CREATE TEMP TABLE clean_old AS
SELECT "old row".rowid AS position, ${keysOf(shape, "old row")}, "old row" AS content
FROM ${qualifiedName("clean", table)} AS "old row" SEMI JOIN temp.${affectedKeys} AS affected ON ${same.join(" AND ")}`,
    [],
    { signal },
  );
}

function keysOf({ keys }: Maintained, row: string): string {
  const named = keys.map(
    ({ column }, index) => `${quoteIdentifier(row)}.${quoteIdentifier(column)} AS ${quoteIdentifier(keyName(index))}`,
  );
  return named.join(", ");
}

function bothRows(shape: Maintained, join: string): string {
  const same = shape.keys.map((_, index) => {
    const key = quoteIdentifier(keyName(index));
    return `next.${key} IS NOT DISTINCT FROM old.${key}`;
  });
  return `FROM (SELECT true AS found, ${keysOf(shape, "new row")}, "new row" AS content
  FROM temp.clean_next AS "new row") AS next
${join} temp.clean_old AS old ON ${same.join(" AND ")}`;
}

const differs = "next.content IS DISTINCT FROM old.content";

async function countChanges({ engine, shape, signal }: Merge): Promise<MergedRows> {
  const [row] = await engine.query(
    `SELECT count(*) FILTER (WHERE old.position IS NULL) AS inserted,
  count(*) FILTER (WHERE next.found AND old.position IS NOT NULL AND ${differs}) AS updated,
  count(*) FILTER (WHERE next.found IS NULL) AS deleted
${bothRows(shape, "FULL JOIN")}`,
    [],
    { signal },
  );
  return { inserted: Number(row?.inserted), updated: Number(row?.updated), deleted: Number(row?.deleted) };
}

async function replaceChanged(
  { engine, table, shape, signal }: Merge,
  { inserted, updated, deleted }: MergedRows,
): Promise<void> {
  const clean = qualifiedName("clean", table);
  if (updated + deleted > 0)
    await engine.run(
      `DELETE FROM ${clean} WHERE rowid IN (SELECT old.position ${bothRows(shape, "RIGHT JOIN")}
WHERE next.found IS NULL OR ${differs})`,
      [],
      { signal },
    );
  if (inserted + updated > 0)
    await engine.run(
      `INSERT INTO ${clean} SELECT unnest(next.content) ${bothRows(shape, "LEFT JOIN")}
WHERE old.position IS NULL OR ${differs}`,
      [],
      { signal },
    );
}
