import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { BoundCursor, CursorUnit, Position } from "./database-cursor.ts";
import { typedLiteral } from "./postgres-table.ts";

export function cursorUnit(type: string): CursorUnit {
  if (/^(timestamp|date$)/.test(type)) return "ms";
  return /^(bigint|integer|smallint)$/.test(type) ? "number" : undefined;
}

/** The rows of some keys, as the server wrote them. */
export function amongKeys({ key, keyType }: BoundCursor, keys: readonly string[]): string {
  const literals = keys.map((text) => typedLiteral(keyType === "bytea" ? `\\x${text}` : text, keyType));
  return `${quoteIdentifier(key.from)} IN (${literals.join(", ")})`;
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
