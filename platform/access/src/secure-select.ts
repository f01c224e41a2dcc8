import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { ColumnAccess, Decision, Grouping } from "./decision.ts";
import { maskedOrderMacro, maskSql, type StoredColumn } from "./mask-sql.ts";
import { behindBarrier, hidesRows, untoldSql } from "./row-barrier.ts";

export interface SecuredSource {
  /** SQL of the table as it is stored: `"ontrack_learning"."product"."units"`. */
  readonly from: string;
  /** The columns that are read of it; each must be visible in some way. */
  readonly columns: readonly StoredColumn[];
  /** How its rows come, where whoever asks could see that; null where all that is shown is put in an order of what is shown. */
  readonly order: StoredOrder | null;
}

/** Who knows the keys and sees hashes in the keys' order knows whose they are. */
export interface StoredOrder {
  readonly key: readonly string[];
  /** Otherwise in one that comes of columns which may not be here. */
  readonly isByKey: boolean;
}

/**
 * The innermost FROM of every port: SQL of a relation that holds what the decision lets through of the named columns, and
 * nothing else. Rows are filtered by what is stored, then values are masked; what stands around it sees neither.
 * Where rows are hidden, nothing that stands around it is computed on them, and nothing is answered from what the engine
 * knows of them: every port gets that with the rows, whatever it asks and whichever engine answers.
 *
 * Under a grouping, rows of cells with too few people are not there, whatever is asked. Every answer is then a sum over
 * whole cells, so that the difference of two answers is one too: no question singles out fewer people than a cell holds.
 */
export function securedSource(decision: Decision, source: SecuredSource): string {
  if (hidesRows(decision)) return hidingSource(decision, source);
  const { from, columns } = source;
  const order = untoldOrder(decision, source.order);
  if (order === "" && columns.every(({ name }) => columnAccess(decision, name) !== "masked")) return from;
  const shown = columns.map((column) => {
    const value = shownSql(decision, column);
    const name = quoteIdentifier(column.name);
    return value === name ? name : `${value} AS ${name}`;
  });
  const list = shown.length === 0 ? rowAlone : shown.join(", ");
  return `(SELECT ${list} FROM ${order === "" ? from : `(SELECT * FROM ${from}${order})`})`;
}

function hidingSource(decision: Decision, { from, columns, order }: SecuredSource): string {
  const { rowFilter, grouping } = decision;
  const rows = rowFilter === null ? `SELECT * FROM ${from}` : `SELECT * FROM ${from} WHERE (${rowFilter}\n)`;
  const seen =
    grouping === null
      ? `${rows}${untoldOrder(decision, order)}`
      : wholeCells(decision, grouping, { from: `(${rows})`, columns, order });
  const shown = columns.map((column) => {
    const name = quoteIdentifier(column.name);
    // Values of cells are masked already: cells are made by what is shown.
    return `${untoldSql(grouping === null ? shownSql(decision, column) : name)} AS ${name}`;
  });
  const list = shown.length === 0 ? rowAlone : shown.join(", ");
  return `(SELECT ${list} FROM (${behindBarrier(seen)}))`;
}

/** What stands for a row of which no column is read. */
const rowAlone = 'TRUE AS "$row"';

/**
 * ORDER BY of rows that tells nothing of what is not shown, in place of the one in which they are stored; empty where that one
 * tells nothing either. What is not shown as it is counts by a keyed number, another one for each consumer and purpose.
 */
function untoldOrder(decision: Decision, order: StoredOrder | null): string {
  const isShown = (name: string) => columnAccess(decision, name) === "clear";
  if (order === null || (order.isByKey ? order.key : Object.keys(decision.columns)).every(isShown)) return "";
  const terms = order.key.map((name) =>
    isShown(name)
      ? quoteIdentifier(name)
      : `${maskedOrderMacro}(${quoteIdentifier(name)}, ${quoteLiteral(decision.salt)})`,
  );
  return ` ORDER BY ${terms.join(", ")}`;
}

/** The value as it is stored, or its mask. */
function shownSql(decision: Decision, column: StoredColumn): string {
  const { masks, salt } = decision;
  const isMasked = columnAccess(decision, column.name) === "masked";
  return isMasked ? maskSql(column, masks[column.name] ?? null, salt) : quoteIdentifier(column.name);
}

/** SELECT of all columns that are visible in some way, in the given order. */
export function securedSelect(decision: Decision, { columns, ...source }: SecuredSource): string {
  const visible = columns.filter(({ name }) => columnAccess(decision, name) !== "denied");
  const list = visible.map(({ name }) => quoteIdentifier(name)).join(", ");
  return `SELECT ${list} FROM ${securedSource(decision, { ...source, columns: visible })}`;
}

/** A column the decision does not list is denied. */
export function columnAccess({ columns }: Decision, name: string): ColumnAccess {
  return Object.hasOwn(columns, name) ? (columns[name] ?? "denied") : "denied";
}

const subjectName = quoteIdentifier("$subject");

/** SELECT of the rows of cells with enough people. */
function wholeCells(decision: Decision, grouping: Grouping, { from, columns, order }: SecuredSource): string {
  const { masks, salt, minGroupSize } = decision;
  const least = Math.max(2, Math.trunc(minGroupSize));
  const dimensions = grouping.dimensions.map((name) => {
    const column = grouping.types[name];
    if (column === undefined) throw new Error(`the grouping does not tell the type of ${name}`);
    const value =
      masks[name] === undefined ? quoteIdentifier(name) : maskSql({ name, sqlType: column }, masks[name], salt);
    return `${value} AS ${quoteIdentifier(name)}`;
  });
  const measures = columns.filter(({ name }) => columnAccess(decision, name) === "aggregated");
  const inner = [
    ...dimensions,
    ...measures.map(({ name }) => quoteIdentifier(name)),
    `${quoteIdentifier(grouping.subject)} AS ${subjectName}`,
  ];
  const cells = grouping.dimensions.map(quoteIdentifier).join(", ");
  const cell = `(PARTITION BY ${cells})`;
  const shown = columns.map(({ name }) => {
    const column = quoteIdentifier(name);
    if (columnAccess(decision, name) !== "aggregated") return column;
    const people = (have: string) => `count(DISTINCT CASE WHEN ${column} ${have} THEN ${subjectName} END) OVER ${cell}`;
    // The mean of one known value and nine unknown ones would be that value; one person without a value is known by the
    // difference of how many rows there are and how many values.
    const isSafe = `${people("IS NOT NULL")} >= ${least} AND (count(*) OVER ${cell} = count(${column}) OVER ${cell} OR ${people("IS NULL")} >= ${least})`;
    return `CASE WHEN ${isSafe} THEN ${column} END AS ${column}`;
  });
  const list = shown.length === 0 ? rowAlone : shown.join(", ");
  const enough = `count(DISTINCT ${subjectName}) OVER ${cell} >= ${least}`;
  return `SELECT ${list} FROM (SELECT ${inner.join(", ")} FROM ${from}) QUALIFY ${enough}${order === null ? "" : ` ORDER BY ${cells}`}`;
}
