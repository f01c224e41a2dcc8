import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { StreamColumn } from "./connector.ts";
import { digitsBehindPoint, roomierType } from "./exact-number.ts";
import { mayBeDocument } from "./secret-names.ts";
import { type CastOf, castText, castValue, isNested, isThere } from "./sifted-rows.ts";
import { isZonedTime } from "./zoned-time.ts";

/**
 * Types of which the engine alone would make something else than what came: of a number with too many digits a rounded one,
 * of a text that is no time null.
 */
export function isJudged({ type, pseudonymise }: StreamColumn): boolean {
  return !pseudonymise && (isZonedTime(type) || isNested(type) || digitsBehindPoint(type) !== undefined);
}

/** The columns as a reader of files casts them before {@link strictRows} does: to texts, or with room for more digits. */
export function roomyColumns<Column extends StreamColumn>(columns: readonly Column[]): Column[] {
  return columns.map((column) => (isJudged(column) ? { ...column, type: roomyType(column.type) } : column));
}

function roomyType(type: string): string {
  return isNested(type) ? (roomierType(type) ?? type) : "VARCHAR";
}

/** What {@link strictRows} makes of them. */
export const roomily: Strictness = {
  castOf: (column) => (isNested(column.type) ? castValue(() => roomyType(column.type))(column) : castText(column)),
  typed: true,
};

/** Instead of a list, a structure or what looks like one, which may be long and hold anything. */
export const untoldValue = "(a value)";

export interface Strictness {
  /** From a text unless given. */
  readonly castOf?: CastOf;
  /** The rows have values, not texts. */
  readonly typed?: boolean;
  /** Columns that are not cast yet; unless given, those of which the engine alone would make something else. */
  readonly judges?: (column: StreamColumn) => boolean;
}

/**
 * SELECT of the same rows, of which a value that does not fit ends the statement in the words of the engine's reader.
 * @param rows SELECT of the columns under their declared names and `_source`, the judged ones not cast yet
 */
export function strictRows(
  rows: string,
  columns: readonly StreamColumn[],
  { castOf = castText, typed = false, judges = isJudged }: Strictness = {},
): string {
  const judged = columns.filter(judges);
  if (judged.length === 0) return rows;
  const items = judged.map((column) => {
    const value = castOf(column);
    const told = `CASE WHEN ${isThere(column, typed)} THEN ${tellMisfit(column)} END`;
    return `coalesce(${value}, ${told}) AS ${quoteIdentifier(column.name)}`;
  });
  return `SELECT * REPLACE (${items.join(", ")}) FROM (${rows})`;
}

function tellMisfit({ name, from = name, type }: StreamColumn): string {
  const before = quoteLiteral(`converting column "${from}". Could not convert string "`);
  const [text, untold] = [`${quoteIdentifier(name)}::VARCHAR`, quoteLiteral(untoldValue)];
  const value = isNested(type) ? untold : `CASE WHEN ${mayBeDocument(text)} THEN ${untold} ELSE ${text} END`;
  return `error(${before} || ${value} || ${quoteLiteral(`" to '${type}' of "`)} || _source || '"')`;
}
