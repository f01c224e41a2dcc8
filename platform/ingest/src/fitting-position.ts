import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { BoundCursor, Position } from "./database-cursor.ts";
import { type StagedRows, stagedTexts } from "./staged-rows.ts";

/**
 * The last of some staged rows whose cursor is a value of its column. Later runs must not go on from a row that is held
 * back because its cursor is none: behind a year that no engine knows they would find nothing any more.
 * @returns undefined when no row has one
 */
export async function fittingPosition(
  engine: WriteSide,
  { cursor, key }: BoundCursor,
  { last, ...staged }: Pick<StagedRows, "files" | "columns" | "place"> & { readonly last: Position },
): Promise<Position | undefined> {
  const fits = (text: string) => `TRY_CAST(${text} AS ${cursor.type}) IS NOT NULL`;
  const [told] = await engine.query(`SELECT ${fits(quoteLiteral(last.cursor))} AS fits`);
  if (told?.fits === true) return last;
  const [at, of] = [quoteIdentifier(cursor.name), quoteIdentifier(key.name)];
  const [found] = await engine.query(
    `SELECT ${at} AS "cursor", ${of} AS "key" FROM (SELECT *, row_number() OVER () AS "place in the file" FROM (${stagedTexts(staged)}))
WHERE ${fits(at)} ORDER BY "place in the file" DESC LIMIT 1`,
  );
  return found === undefined ? undefined : { cursor: String(found.cursor), key: String(found.key) };
}
