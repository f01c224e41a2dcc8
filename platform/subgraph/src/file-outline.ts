import { hidesRows } from "@thoth/access/row-barrier";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { termsSql } from "./compile-page.ts";
import { predicateSql } from "./compile-predicate.ts";
import { sourceSql } from "./compile-source.ts";
import type { Statement } from "./compile-sql.ts";
import { afterPlace, type CursorPlace } from "./cursor.ts";
import type { FilePlan } from "./file-plan.ts";
import type { OrderTerm, Predicate } from "./query-plan.ts";
import { SqlParameters } from "./sql-parameters.ts";

/**
 * A file is made part by part, each by a statement of its own over the same state. Between two parts nobody holds the
 * engine, however slowly a reader takes what there is, and no more than two parts are ever in memory.
 */
export interface FileOutline extends Extent {
  /** The last row of each part, more or less, but of the last one, which goes on to `end`. */
  readonly cuts: readonly CursorPlace[];
}

export interface Extent {
  /** Of the file. */
  readonly rows: number;
  /** Whether there are more behind the limit. */
  readonly truncated: boolean;
  /** The last row of all when the limit ended the file; null when it ends with the product. */
  readonly end: CursorPlace | null;
}

/** Rows behind one place and up to another. */
export interface FilePart {
  readonly isFirst: boolean;
  readonly behind: CursorPlace | null;
  readonly upTo: CursorPlace | null;
}

/** Rows of a part at most, about: a few megabytes of text. */
const rowsOfPart = 32_768;

/** Bytes of a part's values that are planned for; texts, whose length is not known beforehand, are looked at later. */
export const bytesOfPart = 8 * 1024 * 1024;

/** Of a value that is no text. */
export const bytesOfNumber = 24;

/** Places that are looked at for each part, so that parts become about equal. */
const samplesOfPart = 64;

/** Counts the rows, without the limit. One row: `total`. */
export function countStatement(plan: FilePlan): Statement {
  const parameters = new SqlParameters();
  const sql = `SELECT count(*) AS total FROM (${partRowsSql(plan, wholeFile, parameters)})`;
  return { sql, params: parameters.values };
}

/** Finds the last row that the limit lets in; undefined when there is none. One row: `place`. */
export function endStatement(plan: FilePlan, total: number): Statement | undefined {
  const { order, limit } = plan;
  if (limit === null || limit === 0 || total <= limit) return undefined;
  const parameters = new SqlParameters();
  const from = `(${partRowsSql(plan, wholeFile, parameters)})`;
  const sql = `SELECT ${placeSql(order)} AS place FROM ${from} ORDER BY ${termsSql(order)} LIMIT 1 OFFSET ${limit - 1}`;
  return { sql, params: parameters.values };
}

/** @param end the place of the last row that the limit lets in */
export function extentOf({ limit }: FilePlan, total: number, end: unknown): Extent {
  const truncated = limit !== null && total > limit;
  return { rows: truncated ? limit : total, truncated, end: (end ?? null) as CursorPlace | null };
}

/**
 * Looks for places to cut at; undefined when the file is one part. A cut may be anywhere, so some rows tell where: nothing
 * is sorted or numbered for it that grows with the file. One row: `places`, in the file's order.
 */
export function cutsStatement(plan: FilePlan, { rows, end }: Extent): Statement | undefined {
  const most = rowsOfOnePart(plan);
  if (rows <= most) return undefined;
  const parameters = new SqlParameters();
  const { order } = plan;
  const from = `(${partRowsSql(plan, { ...wholeFile, upTo: end }, parameters)})`;
  const columns = order.map(({ column }) => quoteIdentifier(column)).join(", ");
  const samples = Math.ceil(rows / most) * samplesOfPart;
  const sample = `SELECT ${columns} FROM ${from} USING SAMPLE reservoir(${samples} ROWS)`;
  const sql = `SELECT list(${placeSql(order)} ORDER BY ${termsSql(order)}) AS places FROM (${sample})`;
  return { sql, params: parameters.values };
}

/** Rows of a part, about. */
export function rowsOfOnePart(plan: FilePlan): number {
  const rowBytes = bytesOfNumber * Math.max(1, plan.columns.length);
  return partScale(plan) * Math.min(rowsOfPart, Math.ceil(bytesOfPart / rowBytes));
}

/**
 * Where rows are hidden, no part is found by where it lies in the table, which would tell how many of them lie there: each
 * looks at all rows that are seen. So there are fewer parts, which are larger.
 */
export function partScale({ decision }: FilePlan): number {
  return hidesRows(decision) ? 4 : 1;
}

/** @param row of the cuts' statement */
export function readCuts(row: Readonly<Record<string, unknown>>): CursorPlace[] {
  return readPlaces(row).filter((_, index) => index > 0 && index % samplesOfPart === 0);
}

export function readPlaces(row: Readonly<Record<string, unknown>>): readonly CursorPlace[] {
  return (row.places ?? []) as readonly CursorPlace[];
}

export function placeSql(order: readonly OrderTerm[]): string {
  return `[${order.map(({ column }) => `CAST(${quoteIdentifier(column)} AS VARCHAR)`).join(", ")}]`;
}

const wholeFile: FilePart = { isFirst: true, behind: null, upTo: null };

export function partsOf({ rows, cuts, end }: FileOutline): FilePart[] {
  if (rows === 0) return [];
  const behind = [null, ...cuts];
  return behind.map((place, part) => ({ isFirst: part === 0, behind: place, upTo: cuts[part] ?? end }));
}

/** SELECT of a part's columns. */
export function partRowsSql(plan: FilePlan, part: FilePart, parameters: SqlParameters): string {
  const source = `(${sourceSql(plan.source, parameters)})`;
  const of = boundsOf(plan, part);
  return of.length === 0
    ? `SELECT * FROM ${source}`
    : `SELECT * FROM ${source} WHERE ${predicateSql({ kind: "and", of }, parameters)}`;
}

function boundsOf(plan: FilePlan, { behind, upTo }: FilePart): Predicate[] {
  const { order, after } = plan;
  const bounds: Predicate[] = [];
  if (behind !== null) bounds.push(...simpleBound(plan, behind, "from"), afterPlace(order, behind));
  else if (after !== null) bounds.push(after);
  if (upTo !== null) bounds.push(...simpleBound(plan, upTo, "to"), { kind: "not", of: afterPlace(order, upTo) });
  return bounds;
}

/** The same by the first column alone, so that the engine can leave out whole blocks of a table that lies in that order. */
function simpleBound({ model, order }: FilePlan, place: CursorPlace, side: "from" | "to"): Predicate[] {
  const [term] = order;
  const value = place[0] ?? null;
  if (term === undefined || value === null || !isRequired(model, term)) return [];
  const operator = (term.direction === "ASC") === (side === "from") ? ">=" : "<=";
  return [{ kind: "compare", column: term.column, operator, value: { sqlType: term.sqlType, value } }];
}

function isRequired({ columns, key }: FilePlan["model"], { column }: OrderTerm): boolean {
  return key.includes(column) || columns.some(({ name, required }) => name === column && required);
}
