import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { DeclaredColumn } from "./column-spec.ts";
import type { Checkpoint } from "./connector.ts";
import type { DatabaseTable } from "./database-table.ts";
import { ingestError } from "./errors.ts";
import { notLandedYet } from "./landed-version.ts";
import { isTime } from "./time-ahead.ts";

/** What a table is read by when only its changes are wanted. Both columns must be declared. */
export interface CursorOptions {
  /** Grows with every change of a row, such as `updated_at`. */
  readonly column: string;
  /** Unique; decides the order of rows with the same cursor. */
  readonly key: string;
  /**
   * How far before the last cursor each run begins again, because a transaction may commit later than the times that
   * it wrote: milliseconds for times (default 300,000), a difference for whole numbers (default 1,000). Rows that are
   * there already as they are now do not land again.
   */
  readonly overlap?: number;
}

/** The last row that became durable, as the server wrote it. */
export interface Position {
  readonly cursor: string;
  readonly key: string;
}

export interface BoundCursor {
  readonly cursor: DeclaredColumn;
  readonly key: DeclaredColumn;
  /** The same columns' types on the server. */
  readonly cursorType: string;
  readonly keyType: string;
  /** Undefined when the cursor's type has no distance. */
  readonly overlap: { readonly size: number; readonly unit: NonNullable<CursorUnit> } | undefined;
}

/** What a column's values are apart from each other; undefined when the type has no distance. */
export type CursorUnit = "ms" | "number" | undefined;

export interface CursorTarget {
  readonly table: DatabaseTable;
  readonly stream: string;
  readonly unitOf: (serverType: string) => CursorUnit;
}

const defaultOverlapMs = 300_000;
const defaultOverlapNumber = 1_000;

/** @throws MeshError `ingest/unfit-cursor` when rows could be lost or a secret would get into the checkpoint */
export function bindCursor(
  options: CursorOptions,
  columns: readonly DeclaredColumn[],
  target: CursorTarget,
): BoundCursor {
  const [cursor, key] = [options.column, options.key].map((name) => {
    const declared = columns.find((column) => column.from === name);
    if (declared === undefined) throw unfit(target, name, "it is not declared");
    if (declared.pseudonymise) throw unfit(target, name, "it is pseudonymised, and the checkpoint would show it");
    return declared;
  }) as [DeclaredColumn, DeclaredColumn];
  const cursorType = target.table.columns.get(cursor.from)?.type ?? "text";
  const { type: keyType = "text", unique, nullable } = target.table.columns.get(key.from) ?? {};
  if (unique === false) throw unfit(target, key.from, "no index says that it is unique");
  if (unique && nullable) throw unfit(target, key.from, "it may be null");
  const overlap = overlapOf(
    cursorType === "date" && !isTime(cursor.type) ? undefined : target.unitOf(cursorType),
    options.overlap,
  );
  const times = /^(TIMESTAMP( WITH TIME ZONE)?|TIMESTAMPTZ|DATETIME)$/i;
  const keeps = overlap?.unit === "ms" && cursorType !== "date" ? times : /./;
  if (!keeps.test(cursor.type)) throw unfit(target, cursor.from, `${cursor.type} does not hold every ${cursorType}`);
  return { cursor, key, cursorType, keyType, overlap };
}

function overlapOf(unit: CursorUnit, size: number | undefined): BoundCursor["overlap"] {
  if (unit === undefined) return undefined;
  return { size: Math.max(0, Math.trunc(size ?? (unit === "ms" ? defaultOverlapMs : defaultOverlapNumber))), unit };
}

function unfit({ stream, table }: Pick<CursorTarget, "stream" | "table">, column: string, problem: string): Error {
  return ingestError["unfit-cursor"]({ stream, column, problem }, { at: { path: `${table.place}.${column}` } });
}

/** A cursor that may be null hides rows from every later run. */
export function refuseNullCursor(bound: BoundCursor, target: Pick<CursorTarget, "stream" | "table">): Error {
  return unfit(target, bound.cursor.from, "it is null in some rows, and no later run would find them");
}

export function positionOf(checkpoint: Checkpoint | undefined): Position | undefined {
  const { cursor, key } = checkpoint ?? {};
  return typeof cursor === "string" && typeof key === "string" ? { cursor, key } : undefined;
}

/**
 * Condition on the staged rows that leaves out what a run reads although it has landed.
 * @param before where the run began; undefined for one that reads everything again
 * @returns undefined where there is no such row
 */
export function notReadBefore(
  bound: BoundCursor,
  columns: readonly DeclaredColumn[],
  { rawTable, before }: { readonly rawTable: string; readonly before: Position | undefined },
): string | undefined {
  const { cursor, key, overlap } = bound;
  if (before !== undefined && overlap === undefined && !isTime(cursor.type)) return undefined;
  const oldest = before === undefined ? undefined : oldestOf(bound, before.cursor);
  const where = oldest === undefined ? undefined : `landed.${quoteIdentifier(cursor.name)} >= ${oldest}`;
  return notLandedYet({ rawTable, columns, key: key.name, version: cursor.name, where });
}

function oldestOf(bound: BoundCursor, cursor: string): string {
  const { overlap = { unit: "ms", size: 0 } } = bound;
  return overlap.unit === "ms" ? oldestTime(bound, cursor, overlap.size) : oldestNumber(cursor, overlap.size);
}

/** A cursor of a row that was held back may be no value of the column: then all that has landed is looked at. */
function oldestTime({ cursor: { type } }: BoundCursor, cursor: string, ms: number): string {
  return `coalesce(TRY_CAST(${quoteLiteral(cursor)} AS ${type}) - INTERVAL '${ms} milliseconds', '-infinity'::${type})`;
}

/** Unsigned numbers have no room below zero. */
function oldestNumber(cursor: string, difference: number): string {
  return `coalesce(TRY_CAST(${quoteLiteral(cursor)} AS HUGEINT) - ${difference}, -170141183460469231731687303715884105727)`;
}

/** The declared columns, those of the position first. */
export function positionFirst(columns: readonly DeclaredColumn[], { cursor, key }: BoundCursor): DeclaredColumn[] {
  return [...new Set([cursor, key, ...columns])];
}

/** Reads the position off a row of CSV in the order of {@link positionFirst}. */
export function readPosition(row: string, bound: BoundCursor): Position {
  const [cursor, rest] = firstField(row);
  return { cursor, key: bound.cursor === bound.key ? cursor : firstField(rest)[0] };
}

function firstField(text: string): [string, string] {
  const quoted = /^"((?:[^"]|"")*)"[,\n]?/.exec(text);
  const plain = /^([^,\n]*)[,\n]?/.exec(text);
  const [whole = "", value = ""] = quoted ?? plain ?? [];
  return [quoted === null ? value : value.replaceAll('""', '"'), text.slice(whole.length)];
}
