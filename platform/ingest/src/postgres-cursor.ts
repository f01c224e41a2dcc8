import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { BoundCursor, CursorUnit, Position } from "./database-cursor.ts";
import { typedLiteral } from "./postgres-table.ts";

export function cursorUnit(type: string): CursorUnit {
  if (/^timestamp/.test(type)) return "ms";
  return /^(bigint|integer|smallint)$/.test(type) ? "number" : undefined;
}

/** Which rows are still to be read, on the server. */
export function afterPosition(bound: BoundCursor, { cursor, key }: Position): string {
  const { overlap, cursorType, keyType } = bound;
  const column = quoteIdentifier(bound.cursor.from);
  const last = typedLiteral(cursor, cursorType);
  if (overlap === undefined) {
    return `(${column}, ${quoteIdentifier(bound.key.from)}) > (${last}, ${typedLiteral(key, keyType)})`;
  }
  const earlier =
    overlap.unit === "ms" ? `${last} - INTERVAL '${overlap.size} milliseconds'` : `${last}::bigint - ${overlap.size}`;
  return `${column} >= ${earlier}`;
}
