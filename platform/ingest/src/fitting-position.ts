import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { BoundCursor, Position } from "./database-cursor.ts";
import { type StagedRows, stagedTexts } from "./staged-rows.ts";
import { leadsOn } from "./time-ahead.ts";

/** Whether a run may go on from a position at all. @param now epoch ms */
export async function isFitting(
  engine: WriteSide,
  { cursor }: BoundCursor,
  { position, now }: { readonly position: Position; readonly now: number },
): Promise<boolean> {
  const fits = leadsOn(quoteLiteral(position.cursor), cursor.type, now);
  const [told] = await engine.query(`SELECT ${fits} AS fits`);
  return told?.fits === true;
}

interface Ending extends Pick<StagedRows, "files" | "columns" | "place"> {
  readonly last: Position;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * The last of some staged rows whose cursor is a value of its column and not in the future. Later runs must not go on from
 * any other: behind a year that no engine knows, or that is still to come, they would find nothing any more.
 * @returns undefined when no row has one
 */
export async function fittingPosition(
  engine: WriteSide,
  bound: BoundCursor,
  { last, now, ...staged }: Ending,
): Promise<Position | undefined> {
  if (await isFitting(engine, bound, { position: last, now })) return last;
  const { cursor, key } = bound;
  const [at, of] = [quoteIdentifier(cursor.name), quoteIdentifier(key.name)];
  const [found] = await engine.query(
    `SELECT ${at} AS "cursor", ${of} AS "key" FROM (SELECT *, row_number() OVER () AS "place in the file" FROM (${stagedTexts(staged)}))
WHERE ${leadsOn(at, cursor.type, now)} ORDER BY "place in the file" DESC LIMIT 1`,
  );
  return found === undefined ? undefined : { cursor: String(found.cursor), key: String(found.key) };
}
