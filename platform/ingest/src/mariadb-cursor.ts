import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { BoundCursor, CursorUnit, Position } from "./database-cursor.ts";
import { isBinary, isNumber } from "./mariadb-row.ts";

export function cursorUnit(type: string): CursorUnit {
  if (/^(timestamp|datetime|date$)/.test(type)) return "ms";
  return /^(tiny|small|medium|big)?int/.test(type) ? "number" : undefined;
}

/** The rows of some keys, as the server wrote them. */
export function amongKeys({ key, keyType }: BoundCursor, keys: readonly string[]): string {
  return `${quoteIdentifier(key.from)} IN (${keys.map((text) => typedLiteral(text, keyType)).join(", ")})`;
}

/** Which rows are still to be read, on the server. */
export function afterPosition(bound: BoundCursor, position: Position): string {
  const { overlap, cursorType, keyType } = bound;
  const [cursor, key] = [quoteIdentifier(bound.cursor.from), quoteIdentifier(bound.key.from)];
  const last = typedLiteral(position.cursor, cursorType);
  if (overlap?.unit === "ms") return `${cursor} >= ${last} - INTERVAL ${overlap.size * 1000} MICROSECOND`;
  if (overlap?.unit === "number") return `${cursor} >= ${BigInt(position.cursor) - BigInt(overlap.size)}`;
  // Not as a comparison of rows, for which the server would use no index.
  return `${cursor} >= ${last} AND (${cursor} > ${last} OR ${key} > ${typedLiteral(position.key, keyType)})`;
}

const zone = /[+-]\d\d:\d\d$/;

/** A value as the server wrote it earlier, for a comparison that keeps the column's type and its index. */
function typedLiteral(text: string, type: string): string {
  if (/^(timestamp|datetime)/.test(type)) return `TIMESTAMP${quoteLiteral(text.replace(zone, ""))}`;
  if (isBinary(type) && /^([0-9A-F]{2})*$/.test(text)) return `X'${text}'`;
  return isNumber(type) && /^-?[\d.]+(e[+-]?\d+)?$/.test(text) ? text : quoteLiteral(text);
}
